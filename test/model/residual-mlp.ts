/**
 * The smallest family of models that has everything a family has: x ← x + h·W₂·gelu(W₁·x) over each token by itself, with a tied head. Not a model that
 * anybody wants: it shows that whatever trains GPTs knows the contract and nothing more.
 */
import { addFamily } from '../../src/model/families.js';
import { eulerStep, type Family } from '../../src/model/family.js';
import { nextTokenLoss } from '../../src/model/head.js';
import { normalParameter, reads, writes } from '../../src/model/parameter-spec.js';
import type { Model } from '../../src/schedule/schedule.js';
import type { Axis } from '../../src/transfer/layer-tensor.js';

const matrix = (name: string, shape: readonly number[], axes: readonly Axis[]) => normalParameter(name, 'matrix', shape, axes, 0.3);

const residualMlp: Family = {
  kind: 'residual-mlp' as Model['kind'],
  sharedParameters: ({ vocabulary, width }) => [
    normalParameter('tokens', 'embedding', [vocabulary, width], ['kept', writes('hidden')], 0.3),
  ],
  layerParameters: ({ width }) => [
    matrix('up', [width, 2 * width], [reads('hidden'), writes('units')]),
    { ...matrix('down', [2 * width, width], [reads('units'), writes('hidden')]), endsBranch: true },
  ],
  resized: (model, size) => ({ ...model, heads: size(model.heads), width: size(model.width) }),
  hiddenStates: (forward, tokens) => {
    const { trace, parameter, layers } = forward;
    return layers.reduce(
      (x, layer) => {
        const active = trace.gelu(trace.matmul(x, parameter(`${layer.name}.up`)));
        return eulerStep(forward, layer, x, trace.matmul(active, parameter(`${layer.name}.down`)));
      },
      trace.gather(parameter('tokens'), tokens),
    );
  },
  head: ({ parameter }) => parameter('tokens'),
  loss: (forward, hidden, targets) => nextTokenLoss(forward.trace, hidden, forward.parameter('tokens'), targets),
  conventions: [],
  huggingFace: {
    correspondences: ({ layers, width, vocabulary }) => [
      { theirs: 'tokens', ours: ['tokens'], shape: [vocabulary, width] },
      ...Array.from({ length: layers }, (_, layer) => `layers.${layer}`).flatMap((layer) => [
        { theirs: `${layer}.up`, ours: [`${layer}.up`], shape: [width, 2 * width] },
        { theirs: `${layer}.down`, ours: [`${layer}.down`], shape: [2 * width, width] },
      ]),
    ],
    ofVocabulary: 'tokens',
    config: ({ layers }) => ({ layers }),
  },
};

/** The family is there for the tests of the suite in which this is called, and for no others. */
export const withResidualMlps = (): void => {
  let remove = (): void => undefined;
  before(() => {
    remove = addFamily(residualMlp, {});
  });
  after(() => remove());
};

/** A model of this family, as large as another. */
export const residualMlpLike = ({ layers, heads, width, context }: Omit<Model, 'kind'>): Model =>
  ({ kind: residualMlp.kind, layers, heads, width, context }) as Model;
