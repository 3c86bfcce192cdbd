/**
 * Permanent growth of the width, on the float64 reference: which ways preserve the function, to 1e-12; what becomes of old and new parts of weights and
 * moments under each policy; that copies stay alike or do not; that random parts keep the norms of activations; and that all of it depends on the seed.
 */
import assert from 'node:assert/strict';
import { createReference } from '../../backends/reference/index.js';
import type { Backend } from '../../src/backend.js';
import { heldOutBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { stream } from '../../src/data/random.js';
import type { SizedModel } from '../../src/model/family.js';
import { evaluation } from '../../src/model/level-programs.js';
import { modelAt } from '../../src/model/parameters.js';
import { sizeOf } from '../../src/program/program.js';
import { cellsByGroup } from '../../src/runner/levels/cell.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import type { MomentsPolicy, Optimizer, Pairing, WidthWay } from '../../src/schedule/schedule.js';
import { pairingGiven, wayGiven } from '../../src/schedule/text/index.js';
import { adamw, tinyLlama, tinyModel } from '../model/tiny.js';
import { right } from '../runner/harness.js';
import { growTo } from './stack-steps.js';

interface Growing {
  readonly way: WidthWay;
  readonly factor?: number;
  readonly pairing?: Pairing;
  readonly moments?: MomentsPolicy;
}

const ways: readonly WidthWay[] = ['uneven', 'copy', 'zero', 'random'];

/** Two heads of two units each: a GPT with biases, and Llamas with heads of keys and values of their own. */
const gpt: SizedModel = { ...tinyModel, layers: 2, heads: 2, width: 4, context: 3, vocabulary: 5 };
const llama: SizedModel = { ...tinyLlama, layers: 2, heads: 4, keyValueHeads: 2, width: 8, hidden: 6, context: 3, vocabulary: 5 };
const models: readonly (readonly [name: string, model: SizedModel])[] = [
  ['a GPT', gpt],
  ['a Llama', llama],
  ['a Llama whose head is tied, without norms of queries and keys', { ...llama, tied: true, queryKeyNorm: false }],
  ['a GPT under completeP', { ...gpt, parametrisation: 'completeP', baseLayers: 1, baseWidth: 2 }],
];

describe('growth of the width', () => {
  const backend: Backend = createReference();

  /** Weights and moments are random numbers, moments positive. */
  const randomStack = async (model: SizedModel, optimizer: Optimizer = adamw, seed = 1): Promise<LevelStack> => {
    const stack = right(await LevelStack.create(backend, model, optimizer, seed));
    for (const { group, cell } of cellsByGroup(stack.current)) {
      cell.updates = 5;
      for (const [map, least] of [
        [cell.parameters, -0.5],
        [cell.moments, 0.1],
      ] as const)
        for (const [key, tensor] of map) {
          const random = stream(3, `${group}/${key}`);
          const values = Float32Array.from({ length: sizeOf(tensor.type.shape) }, () => random.uniform() + least);
          stack.store.put(map, key, right(await stack.store.upload(tensor.type.shape, values)));
        }
    }
    return stack;
  };

  const grow = async (stack: LevelStack, { way, factor = 2, pairing, moments = 'carry' }: Growing): Promise<void> => {
    const { heads, width } = stack.current;
    const growth = { kind: 'width', factor, ...pairingGiven(pairing) } as const;
    const stage = { kind: 'grow', growth, ...wayGiven(way), h: 'keep', moments, counters: 'carry' } as const;
    right(await growTo(stack, stage, { ...stack.current, heads: heads * factor, width: width * factor }));
  };

  const lossOf = async (stack: LevelStack, model: SizedModel): Promise<number> => {
    const { layers, h } = stack.current;
    const executable = right(await backend.compile(evaluation(modelAt(model, stack.current), { layers, h }, 2))());
    const batch = heldOutBatch(tokensDataset(model.vocabulary), { batch: 2, context: model.context, index: 0, count: 1 });
    return right(await new Trainer(stack.store, stack.current, adamw).evaluate(executable, [batch]));
  };

  for (const [name, model] of models)
    it(`all ways but random preserve the function, in float64 to 1e-12: ${name}`, async () => {
      for (const way of ways)
        for (const [factor, pairing] of [
          [2, 'neighbours'],
          [3, 'halves'],
        ] as const) {
          const stack = await randomStack(model);
          const before = await lossOf(stack, model);
          assert.ok(Math.abs(before - Math.log(model.vocabulary)) > 1e-3, 'a loss that says nothing');
          await grow(stack, { way, factor, pairing });
          const { heads, width } = stack.current;
          assert.deepEqual([heads, width], [factor * model.heads, factor * model.width]);
          const change = Math.abs((await lossOf(stack, model)) - before);
          if (way === 'random') assert.ok(change > 1e-4, `${way} changes the loss by ${change}`);
          else assert.ok(change < 1e-12, `${way}, ${factor}, ${pairing} changes the loss by ${change}`);
          stack.release();
        }
    });
});
