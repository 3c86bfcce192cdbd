/**
 * Growth on a real backend: which layers a grown network has, that identities change no function, that new layers depend on the seed alone,
 * and a network that begins with no layers at all.
 */

import assert from 'node:assert/strict';
import type { Backend } from '../../src/backend.js';
import { heldOutBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { evaluation } from '../../src/model/level-programs.js';
import { cellsByGroup, type Level } from '../../src/runner/levels/cell.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { sample } from '../../src/runner/sample.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import { grownLayers } from '../../src/schedule/bounds/growth.js';
import { usualCounters } from '../../src/schedule/moment-policies.js';
import type { Growth, MomentsPolicy, Schedule } from '../../src/schedule/schedule.js';
import { bind, parse } from '../../src/schedule/text/index.js';
import { growthRecipes } from '../../src/transfer/recipe.js';
import { datasetOf } from '../backends/two-levels.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { growTo } from '../transfer/stack-steps.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';

/** Which layers come where, as letters; a new layer is `*`, an identity `0`. */
const lettersOf = (growth: Growth, layers: string): string =>
  growthRecipes(growth, layers.length)
    .map((recipe) => (recipe.kind === 'take' ? layers[recipe.from] : recipe.kind === 'initial' && !recipe.identity ? '*' : '0'))
    .join('');

describe('growth, layer by layer', () => {
  const cases: readonly (readonly [Growth, string, string])[] = [
    [{ kind: 'stack', factor: 3 }, 'ab', 'ababab'],
    [{ kind: 'repeat', factor: 2 }, 'abc', 'aabbcc'],
    [{ kind: 'zero', factor: 2 }, 'ab', 'a0b0'],
    // Blocks 1 … n, of which block ⌈n/2⌉ comes twice.
    [{ kind: 'middle', block: 2 }, 'ab', 'abab'],
    [{ kind: 'middle', block: 2 }, 'abcd', 'ababcd'],
    [{ kind: 'middle', block: 2 }, 'abcdef', 'abcdcdef'],
    [{ kind: 'middle', block: 1 }, 'abcde', 'abccde'],
    // As many layers before the block as after it, or one less.
    [{ kind: 'central', block: 2 }, 'ab', 'abab'],
    [{ kind: 'central', block: 2 }, 'abcd', 'abcbcd'],
    [{ kind: 'central', block: 2 }, 'abcde', 'abcbcde'],
    [{ kind: 'central', block: 3 }, 'abcdef', 'abcdbcdef'],
    [{ kind: 'central', block: 4 }, 'abcdefgh', 'abcdefcdefgh'],
    [{ kind: 'last', block: 2 }, 'abc', 'abcbc'],
    [{ kind: 'last', block: 3 }, 'abc', 'abcabc'],
    [{ kind: 'fresh', layers: 2 }, 'abc', 'abc**'],
    [{ kind: 'fresh', layers: 3 }, '', '***'],
    [{ kind: 'identity', layers: 2 }, 'a', 'a00'],
  ];
  for (const [growth, before, after] of cases)
    it(`${JSON.stringify(growth)}: "${before}" becomes "${after}"`, () => {
      assert.equal(lettersOf(growth, before), after);
      assert.equal(grownLayers(growth, before.length), after.length);
    });
});

describe('growth on onnx-cpu', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  const stackOf = async (layers: number): Promise<LevelStack> =>
    right(await LevelStack.create(backend, { ...tinyModel, layers }, adamw, 7));

  const grown = async (stack: LevelStack, growth: Growth, moments: MomentsPolicy = 'carry'): Promise<void> => {
    const to = { ...stack.current, layers: grownLayers(growth, stack.current.layers) };
    right(await growTo(stack, { kind: 'grow', growth, h: 'keep', moments, counters: usualCounters(moments) }, to));
  };

  const lossOf = async (stack: LevelStack): Promise<number> => {
    const { layers } = stack.current;
    const executable = right(await backend.compile(evaluation({ ...tinyModel, layers }, stack.current, 2))());
    const batch = heldOutBatch(tokensDataset(tinyModel.vocabulary), { batch: 2, context: tinyModel.context, index: 0, count: 1 });
    const loss = right(await new Trainer(stack.store, stack.current, adamw).evaluate(executable, [batch]));
    executable.dispose();
    return loss;
  };

  const valuesOf = async (level: Level): Promise<ReadonlyMap<string, ArrayLike<number>>> => {
    const values = new Map<string, ArrayLike<number>>();
    for (const { cell, fullName } of cellsByGroup(level))
      for (const [name, tensor] of cell.parameters) values.set(fullName(name), right(await backend.download(tensor)()).data);
    return values;
  };

  for (const growth of [
    { kind: 'zero', factor: 2 },
    { kind: 'identity', layers: 3 },
  ] as const)
    it(`${growth.kind}: the function is unchanged, to the bit`, async () => {
      const stack = await stackOf(2);
      const before = await lossOf(stack);
      await grown(stack, growth, 'reset');
      assert.equal(stack.current.cells.length, growth.kind === 'zero' ? 4 : 5);
      assert.equal(await lossOf(stack), before);
      stack.release();
    });

  it('a network that grows all its layers fresh begins as one that had them from the start', async () => {
    const [whole, small] = [await stackOf(5), await stackOf(0)];
    await grown(small, { kind: 'fresh', layers: 5 });
    assert.deepEqual(await valuesOf(small.current), await valuesOf(whole.current));
    assert.ok(small.current.cells.every(({ updates }) => updates === 0));
    small.release();
    whole.release();
  });

  it('no layers: trains, evaluates, grows, is saved, and gives text', () =>
    inTemporaryFolder(async (folder) => {
      const dataset = datasetOf();
      for (const text of [
        'train(3)',
        'train(2) >> grow(identity(1)) >> train(2) >> grow(fresh(2)) >> train(1) >> grow(last(2), moments: reset)',
      ]) {
        const schedule: Schedule = {
          version: 1,
          setup: {
            model: { kind: 'gpt', layers: 0, heads: 2, width: 8, context: 6, bias: true },
            data: { kind: 'text', source: 'grass.txt', tokenizer: 'characters', heldOut: 0.1 },
            optimizer: adamw,
            batch: 2,
            seed: 1,
            evaluation: { every: 0, batches: 1 },
          },
          stages: right(bind(right(parse(text)), {})),
        };
        const home = `${folder}/${text.length}`;
        const { result } = await runWithEvents(schedule, { backend, folder: home, dataset });
        const { outcome, stages } = right(result);
        assert.deepEqual(outcome, { kind: 'finished' });
        assert.ok(stages.every(({ counted, planned }) => counted.matmul === planned.matmul));
        assert.ok((stages[0]?.validationLoss ?? 0) > 0);
        const given = { folder: home, backend, prompt: 'the', tokens: 5, temperature: 1, topK: 0, seed: 1 };
        assert.equal(right(await sample(given)()).text.length, 8);
      }
    }));
});
