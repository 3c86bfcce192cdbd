/** FLOPs of deep programs from those of one layer and of two: exactly what the whole program counts, whatever the program. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { supported } from '../../backends/onnx/lowering.js';
import { flopsByLayers } from '../../src/plan/alike-layers.js';
import { type ProgramKind, type ProgramPlace, programOf, type TracedFor } from '../../src/plan/programs.js';
import { flopsOf } from '../../src/program/cost.js';
import { legalize } from '../../src/program/legalize.js';
import { operationNames } from '../../src/program/operations/index.js';
import { everyRewrite, portableRewrites } from '../../src/program/rewrite/index.js';
import type { Flops } from '../../src/program/types/flops.js';
import type { Setup } from '../../src/schedule/schedule.js';
import { residualMlpLike, withResidualMlps } from './residual-mlp.js';
import { adamw, muon, sgd, tinyLlama, tinyModel } from './tiny.js';

const KINDS = {
  'training-step': true,
  gradient: true,
  update: true,
  evaluation: true,
  tau: true,
  'line-search': true,
  fit: true,
} as const satisfies Record<ProgramKind, true>;

const kinds = fc.constantFrom(...(Object.keys(KINDS) as ProgramKind[]));
const OPERATIONS = { all: new Set(operationNames), 'of onnx-cpu': supported } as const;
const models = {
  gpt: tinyModel,
  'gpt without biases': { ...tinyModel, bias: false },
  llama: tinyLlama,
  'tied llama': { ...tinyLlama, tied: true, queryKeyNorm: false },
  completeP: { ...tinyModel, parametrisation: 'completeP', baseLayers: 2, baseWidth: 4 },
  'a family of its own': { ...residualMlpLike(tinyModel), vocabulary: 11 },
} as const;

const setups = fc.record({
  model: fc.constantFrom(...(Object.keys(models) as (keyof typeof models)[])),
  optimizer: fc.constantFrom(adamw, muon, sgd, { ...sgd, momentum: 0, clip: 0 }),
  documents: fc.constantFrom(undefined, 'separate' as const),
  recompute: fc.constantFrom(undefined, 'layers' as const, 'activations' as const),
});

const places = fc.record(
  {
    layers: fc.integer({ min: 3, max: 6 }),
    h: fc.constantFrom(1, 2, 0.5),
    loops: fc.constantFrom(2, 3),
    hasTau: fc.boolean(),
    stochasticDepth: fc.constant(0.5),
    accumulate: fc.constant(2),
    context: fc.constant(3),
    batch: fc.constant(8),
  },
  { requiredKeys: ['layers', 'h'] },
);

const backends = fc.record({
  rewrites: fc.constantFrom(portableRewrites, everyRewrite, new Set<never>()),
  ranks: fc.constantFrom(1, 2),
  operations: fc.constantFrom(...(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[])),
});

/** The FLOPs of a program with some number of layers, of which it is told. */
const counter =
  (
    kind: ProgramKind,
    setup: Setup,
    model: (typeof models)[keyof typeof models],
    at: ProgramPlace,
    seen: TracedFor,
    all: keyof typeof OPERATIONS,
  ) =>
  (layers: number): Flops => {
    const legal = legalize(programOf(kind, model, setup, { ...at, layers }, seen), OPERATIONS[all]);
    return E.isRight(legal) ? flopsOf(legal.right) : assert.fail(legal.left.operation);
  };

describe('FLOPs by the number of layers', () => {
  withResidualMlps();

  it('are those that the whole program counts', () => {
    fc.assert(
      fc.property(
        kinds,
        setups,
        places,
        backends,
        (kind, { model: name, optimizer, documents, recompute }, place, { operations, ...seen }) => {
          const model = models[name];
          const data = { kind: 'text', source: 'a', tokenizer: 'characters', heldOut: 0.1, ...(documents && { documents }) } as const;
          const evaluation = { every: 0, batches: 1 };
          const setup: Setup = { model, data, optimizer, batch: 4, seed: 1, evaluation, ...(recompute && { recompute }) };
          const at: ProgramPlace = { level: 0, heads: model.heads, width: model.width, ...place };
          const asked: number[] = [];
          const counted = counter(kind, setup, model, at, seen, operations);
          const found = flopsByLayers(at, (layers) => {
            asked.push(layers);
            return counted(layers);
          });
          assert.deepEqual(found, counted(at.layers));
          assert.deepEqual(asked, [1, 2]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are counted on the whole program where only some layers are trained, or a sum would be rounded', () => {
    const at: ProgramPlace = { level: 0, layers: 6, heads: 2, width: 8, h: 1 };
    const flops = (layers: number): Flops => ({ matmul: 2 ** 51 * layers, softmax: 0, elementwise: 0 });
    const askedOf = (place: ProgramPlace): readonly number[] => {
      const asked: number[] = [];
      assert.deepEqual(
        flopsByLayers(place, (layers) => {
          asked.push(layers);
          return flops(layers);
        }),
        flops(place.layers),
      );
      return asked;
    };
    assert.deepEqual(askedOf({ ...at, layers: 3 }), [1, 2]);
    assert.deepEqual(askedOf(at), [1, 2, 6]);
    assert.deepEqual(askedOf({ ...at, layers: 3, trained: { layers: [1], shared: false } }), [3]);
  });
});
