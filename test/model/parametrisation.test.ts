/**
 * CompleteP: the factors of every parameter by hand, at the base's size the standard parametrisation, and on a level that a restriction makes those of
 * a fresh network of that size, over generated restrictions.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import type { ParameterSpec, SizedModel } from '../../src/model/family.js';
import { readModelFolder, writeModelFolder } from '../../src/model/model-folder.js';
import { layerParameters, modelAt, sharedParameters } from '../../src/model/parameters.js';
import { scalesOf } from '../../src/model/parametrisation.js';
import { pretrainedOf, sameModel } from '../../src/model/pretrained.js';
import { trainingStep, updateProgram } from '../../src/model/training-step.js';
import { stepScalars } from '../../src/optimizer/index.js';
import { update } from '../../src/optimizer/update.js';
import type { ParameterScales } from '../../src/optimizer/update-rule.js';
import { Tracer } from '../../src/program/tracer.js';
import { firstGrid } from '../../src/schedule/grid.js';
import type { AdamW, Operator, Schedule, Stage } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { randomParameters } from '../huggingface/random-model.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { adamw, tinyLlama, tinyModel } from './tiny.js';

type Base = { readonly baseLayers: number; readonly baseWidth: number };
const completeP = <Model extends SizedModel>(model: Model, base: Base) => ({ ...model, parametrisation: 'completeP' as const, ...base });

/** Four times as wide and as deep as its base. */
const wide = completeP({ ...tinyModel, layers: 8, width: 16 }, { baseLayers: 2, baseWidth: 4 });
const wideLlama = completeP({ ...tinyLlama, layers: 8, width: 16, tied: false }, { baseLayers: 2, baseWidth: 4 });

/** What the initial values of a parameter are drawn with, its rate, its ε. */
type Factors = readonly [initial: number, rate: number, epsilon: number];

const factorsOf = (model: SizedModel): ReadonlyMap<string, Factors> => {
  const grid = firstGrid(model);
  const of = (group: 'shared' | 'layer', specs: readonly ParameterSpec[]) =>
    specs.map((spec): readonly [string, Factors] => {
      const { rate, epsilon } = scalesOf(model, grid, spec, group);
      return [spec.name, ['normal' in spec.initial ? spec.initial.normal : spec.initial.constant, rate, epsilon]];
    });
  return new Map([...of('shared', sharedParameters(model)), ...of('layer', layerParameters(model))]);
};

/** GPT-2's deviation of a branch's last product at the base's two layers. */
const LAST = 0.02 / 2;

describe('completeP', () => {
  it('begins with the base’s layers by the layers as its step size', () => {
    assert.deepEqual(firstGrid(wide), { level: 0, layers: 8, heads: wide.heads, width: 16, h: 0.25 });
    assert.equal(firstGrid(tinyModel).h, 1);
  });

  it('has the factors of the paper’s table, by hand: a network four times as wide and as deep as its base', () => {
    const expected: Readonly<Record<string, Factors>> = {
      'embedding.token.weight': [0.02, 1, 1 / 4],
      'embedding.position.weight': [0.02, 1, 1 / 4],
      // It carries the factor of the logits.
      'norm.weight': [1 / 4, 1 / 4, 1],
      'norm.bias': [0, 1 / 4, 1],
      'attention.norm.weight': [1, 1, 1 / 16],
      'attention.norm.bias': [0, 1, 1 / 16],
      'mlp.norm.weight': [1, 1, 1 / 16],
      'mlp.norm.bias': [0, 1, 1 / 16],
    };
    const found = factorsOf(wide);
    for (const [name, factors] of Object.entries(expected)) assert.deepEqual(found.get(name), factors, name);
    for (const name of ['attention.query', 'attention.key', 'attention.value', 'mlp.expand', 'attention.output', 'mlp.contract']) {
      const deviation = ['attention.output', 'mlp.contract'].includes(name) ? LAST : 0.02;
      assert.deepEqual(found.get(`${name}.weight`), [deviation / 2, 1 / 4, 1 / 16], name);
      assert.deepEqual(found.get(`${name}.bias`), [0, 1, 1 / 16], name);
    }
    assert.equal(found.size, Object.keys(expected).length + 12);
  });

  it('a head of its own carries the factor of the logits itself, and the norm before it none', () => {
    const found = factorsOf(wideLlama);
    assert.deepEqual(found.get('head.weight'), [0.02 / 4, 1 / 4, 1]);
    assert.deepEqual(found.get('norm.weight'), [1, 1, 1 / 4]);
    assert.deepEqual(factorsOf({ ...wideLlama, tied: true }).get('norm.weight'), [1 / 4, 1 / 4, 1]);
  });

  it('at the size of its base it is the standard parametrisation, to the bit: programs, initial values, step size', () => {
    for (const plain of [tinyModel, tinyLlama, { ...tinyLlama, tied: false }]) {
      const model = completeP(plain, { baseLayers: plain.layers, baseWidth: plain.width });
      assert.deepEqual(firstGrid(model), firstGrid(plain));
      for (const specs of [sharedParameters, layerParameters]) assert.deepEqual(specs(model), specs(plain));
      assert.deepEqual(trainingStep(model, firstGrid(model), 2, adamw), trainingStep(plain, firstGrid(plain), 2, adamw));
    }
  });

  const operators: fc.Arbitrary<Operator> = fc.oneof(
    fc.record({ kind: fc.constant('every' as const), factor: fc.constantFrom(2, 3), offset: fc.nat(1) }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant('average' as const), factor: fc.constantFrom(2, 3) }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant('width' as const), factor: fc.constantFrom(2, 4) }, { noNullPrototype: true }),
    fc.constant<Operator>({
      kind: 'compose',
      operators: [
        { kind: 'every', factor: 2, offset: 1 },
        { kind: 'width', factor: 2 },
      ],
    }),
  );
  const restrictions = fc.record({
    layers: fc.constantFrom(4, 6, 8, 12, 16),
    base: fc.record({ baseLayers: fc.constantFrom(1, 2, 3, 4), baseWidth: fc.constantFrom(4, 8, 16, 64) }),
    llama: fc.boolean(),
    down: fc.array(operators, { minLength: 1, maxLength: 3 }),
    wider: fc.constantFrom(1, 2),
  });

  it('a level that a growth of the width or a restriction makes is parametrised as a fresh network of its size: the same programs and initial values', () => {
    let levels = 0;
    fc.assert(
      fc.property(restrictions, ({ layers, base, llama, down, wider }) => {
        const plain: SizedModel = llama ? { ...tinyLlama, heads: 4, keyValueHeads: 4, width: 16 } : { ...tinyModel, heads: 4, width: 16 };
        const model = completeP({ ...plain, layers }, base);
        const policies = { moments: 'carry', counters: 'carry' } as const;
        const stages = down.flatMap((operator): Stage[] => [
          { kind: 'restrict', operator, h: 'scale', ...policies },
          { kind: 'train', steps: 1 },
        ]);
        const back: Stage = { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', ...policies };
        const grown: readonly Stage[] =
          wider === 1
            ? []
            : [
                { kind: 'grow', growth: { kind: 'width', factor: wider }, h: 'keep', ...policies },
                { kind: 'train', steps: 1 },
              ];
        const { vocabulary, ...unsized } = model;
        const schedule: Schedule = {
          version: 1,
          setup: {
            model: unsized,
            data: { kind: 'tokens', vocabulary },
            optimizer: adamw,
            batch: 1,
            seed: 1,
            evaluation: { every: 0, batches: 1 },
          },
          stages: [...grown, ...stages, ...down.map(() => back)],
        };
        const verified = verify(schedule);
        fc.pre(E.isRight(verified));
        for (const visit of walk(schedule)) {
          if (visit.stage.kind !== 'train') continue;
          levels++;
          const here = modelAt(model, visit);
          const fresh = { ...here, layers: visit.layers };
          assert.deepEqual([here.heads, here.width], [visit.heads, visit.width]);
          const grid = firstGrid(fresh);
          assertClose([visit.h], [grid.h], { relative: 1e-14, absolute: 0 }, 'h');
          // Thirds and their multiples may differ in the last bit.
          const level = { layers: visit.layers, h: grid.h };
          assert.deepEqual(updateProgram(here, level, adamw), updateProgram(fresh, level, adamw));
          assert.deepEqual(trainingStep(here, level, 1, adamw), trainingStep(fresh, level, 1, adamw));
          for (const specs of [sharedParameters, layerParameters]) assert.deepEqual(specs(here), specs(fresh));
        }
      }),
      { numRuns: 40 },
    );
    assert.ok(levels > 20, `${levels} levels`);
  });

  it('the standard parametrisation has no such law: a coarse level’s initial values are not a fresh network’s', () => {
    const grid = { ...firstGrid(tinyModel), layers: 2 };
    assert.notDeepEqual(layerParameters(modelAt(tinyModel, grid)), layerParameters({ ...tinyModel, layers: 2 }));
  });

  it('a step of AdamW with factors is one with that rate and that ε, also of vectors of one group with different factors', async () => {
    const settings: AdamW = { ...adamw, epsilon: 1e-2, weightDecay: 0, clip: 0 };
    const parameters = [
      { name: 'matrix', shape: [2, 3], role: 'matrix', scales: { rate: 0.25, epsilon: 0.5 } },
      { name: 'one', shape: [3], role: 'vector', scales: { rate: 1, epsilon: 0.5 } },
      { name: 'other', shape: [2], role: 'vector', scales: { rate: 0.5, epsilon: 1 } },
      { name: 'third', shape: [2], role: 'vector', scales: { rate: 1, epsilon: 0.5 } },
    ] as const;
    const RATE = 0.1;
    const stepped = async (scaled: boolean, own: ParameterScales): Promise<readonly Float64Array[]> => {
      const trace = new Tracer('update');
      const updatables = parameters.map(({ name, shape, role, scales }) => {
        const input = (part: string) => trace.input(`${name}${part}`, 'tensor', { dtype: 'f32', shape });
        return {
          role,
          group: 'g',
          ...(scaled ? { scales } : {}),
          parameter: input(''),
          gradient: input('/g'),
          moments: [input('/m'), input('/v')],
        };
      });
      const { tensors } = update(trace, { ...settings, epsilon: settings.epsilon * own.epsilon }, updatables);
      const program = trace.finish(tensors.map(({ parameter }, index) => ({ name: parameters[index]?.name ?? '', tensor: parameter })));
      const scalars = stepScalars(
        { ...settings, epsilon: settings.epsilon * own.epsilon },
        { learningRate: RATE * own.rate, updates: new Map([['g', 3]]) },
      );
      return (await onReference(program))(
        program.inputs.map(({ name, role, value }) => {
          if (role === 'scalar') return [scalars.get(name) ?? assert.fail(name)];
          const size = (program.types[value]?.shape ?? []).reduce((product, side) => product * side, 1);
          return Array.from({ length: size }, (_, index) => (name.endsWith('/v') ? 1e-4 : Math.sin(index + name.length)));
        }),
      );
    };
    const scaled = await stepped(true, { rate: 1, epsilon: 1 });
    for (const [index, { name, scales }] of parameters.entries()) {
      const alone = await stepped(false, scales);
      assertClose(scaled[index] ?? [], alone[index] ?? [], { relative: 1e-13, absolute: 0 }, name);
    }
  });

  it('a saved model begins a run of the same parametrisation at its own step size, whatever h it was saved with; of another it does not', () => {
    const parameters = randomParameters(wide, wide.vocabulary, 3);
    const saved = readModelFolder(writeModelFolder({ model: wide, h: 0.5, parameters, tokenizer: undefined }));
    if (E.isLeft(saved)) assert.fail(saved.left.message);
    assert.deepEqual(saved.right.model, wide);
    const begun = pretrainedOf(saved.right);
    if (E.isLeft(begun)) assert.fail(begun.left.message);
    for (const [name, { data }] of begun.right.parameters) {
      // What ends a branch is twice as large where h is half of the saved one.
      const factor = /(output|contract)\.(weight|bias)$/.test(name) ? 2 : 1;
      assertClose(
        data,
        Array.from(parameters.get(name)?.data ?? [], (value) => factor * value),
        { relative: 1e-6, absolute: 0 },
        name,
      );
    }
    assert.ok(E.isRight(sameModel(begun.right, wide)));
    const sentence = (wanted: SizedModel, found: SizedModel): string => {
      const same = sameModel({ model: found }, wanted);
      return E.isLeft(same) ? same.left.message : assert.fail('they are the same');
    };
    const { parametrisation: _, baseLayers: __, baseWidth: ___, ...plain } = wide;
    assert.equal(
      sentence(wide, plain),
      "the model must be the pipeline's, with parametrisation completeP, baseLayers 2, baseWidth 4 (was with parametrisation standard, " +
        "baseLayers left out, baseWidth left out); give the pipeline's model those values, or name another checkpoint",
    );
    assert.match(sentence(plain, wide), /with .*parametrisation standard.* \(was with .*parametrisation completeP/);
    assert.match(sentence({ ...wide, baseWidth: 8 }, wide), /with baseWidth 8 \(was with baseWidth 4\)/);
  });
});
