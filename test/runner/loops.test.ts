/**
 * Runs that apply their layers more and more often: what a growth by `loop` changes and what not, under every policy; the model that is saved; transfers
 * between its levels; baselines. The network itself: `test/model/loops.test.ts`. Planned is counted, and resumed is the same, in the random pipelines of
 * `run.test.ts` and `resume.test.ts`.
 */
import assert from 'node:assert/strict';
import { baselinesOf } from '../../src/baselines/baselines.js';
import { comparable } from '../../src/baselines/comparable.js';
import { heldOutBatch } from '../../src/data/batches.js';
import { evaluation } from '../../src/model/level-programs.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { decodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import { gridOf } from '../../src/schedule/grid.js';
import type { Model, Schedule, Setup } from '../../src/schedule/schedule.js';
import { print } from '../../src/schedule/text/index.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { tinyLlama } from '../model/tiny.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { ran, schedulesWith, tinyData } from './finished-run.js';
import { nullBackend, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { tinySetup } from './tiny-setup.js';

const { vocabulary: _, ...llama } = tinyLlama;

const { scheduleOf, messageOf } = schedulesWith({ ...tinySetup.model, layers: 2 });

const tensorsOf = (checkpoint: Uint8Array) => right(decodeSafetensors(checkpoint)).tensors;

describe('growth by loops', () => {
  it('multiplies how often layers are applied and divides h, unless that is kept; other growths keep it', () => {
    const grids = (stages: string) => walk(scheduleOf(stages)).map(({ op, layers, h, loops }) => [op, layers, h, loops ?? 1]);
    assert.deepEqual(grids('grow(loop(2)) >> grow(loop(3)) >> grow(stack(2)) >> grow(loop(2), h: keep) >> grow(last(1), h: scale)'), [
      ['grow(loop(2))', 2, 1 / 2, 2],
      ['grow(loop(3))', 2, 1 / 6, 6],
      ['grow(stack(2))', 4, 1 / 6, 6],
      ['grow(loop(2), h: keep)', 4, 1 / 6, 12],
      ['grow(last(1), h: scale)', 5, 1 / 6 / (5 / 4), 12],
    ]);
  });

  it('once is no growth: the grid, and the run to the bit', async () => {
    const [visit] = walk(scheduleOf('grow(loop(1))'));
    assert.deepEqual(visit && gridOf(visit), visit?.from);
    const [plain, once] = [await ran(scheduleOf('train(2) >> train(1)')), await ran(scheduleOf('train(2) >> grow(loop(1)) >> train(1)'))];
    assert.deepEqual(tensorsOf(once.state(3)), tensorsOf(plain.state(3)));
  });

  for (const moments of ['carry', 'zero-new', 'average', 'rescale'] as const)
    it(`moments: ${moments}: weights, moments and counters are as they were, to the bit`, async () => {
      // The evaluation's checkpoint is that of the grown network.
      const stages = (between: string) => scheduleOf(`train(2) >> ${between}evaluate >> train(1)`);
      const [grown, plain] = [await ran(stages(`grow(loop(2), moments: ${moments}) >> `)), await ran(stages(''))];
      assert.deepEqual(tensorsOf(grown.state(2)), tensorsOf(plain.state(2)));
      const of = (checkpoint: Uint8Array) => right(decodeCheckpoint(checkpoint));
      assert.deepEqual(of(grown.state(2)).updates, of(plain.state(2)).updates);
      assert.deepEqual(
        of(grown.state(2)).levels.map(({ loops }) => loops),
        [2],
      );
    });

  it('moments: rescale, where h is kept: twice as many applications give twice the gradient', async () => {
    const { state } = await ran(scheduleOf('train(2) >> grow(loop(2), h: keep, moments: rescale) >> evaluate >> train(1)'));
    const plain = tensorsOf((await ran(scheduleOf('train(2) >> evaluate >> train(1)'))).state(2));
    for (const [name, { data: values }] of tensorsOf(state(2))) {
      const factor = !name.startsWith('layers.') ? 1 : name.endsWith('/first-moment') ? 2 : name.endsWith('/second-moment') ? 4 : 1;
      assert.deepEqual(
        values,
        plain.get(name)?.data.map((value) => factor * value),
        name,
      );
    }
  });

  for (const [name, family] of [
    ['gpt', { ...tinySetup.model, layers: 2 }],
    ['llama', { ...llama, layers: 2, context: 4 }],
  ] as readonly (readonly [string, Model])[])
    it(`${name}: trains, goes to a coarse level and back, and saves a stack of equal layers with the loss that it reports`, async () => {
      const stages = 'train(2) >> grow(loop(3)) >> train(2) >> restrict(even) >> train(1) >> prolongate >> train(1)';
      const { model, saved } = await ran(scheduleOf(stages, { model: family }));
      assert.deepEqual([model?.layers, model?.loops, model?.h], [2, 3, 1 / 3]);
      assert.equal(saved.model.layers, 6);
      const of = (layer: number) =>
        [...saved.parameters].filter(([name]) => name.startsWith(`layers.${layer}.`)).map(([, { data }]) => data);
      for (const layer of [2, 3, 4, 5]) assert.deepEqual(of(layer), of(layer % 2));
      assert.notDeepEqual(of(0), of(1));
      const program = evaluation(saved.model, { layers: 6, h: saved.h }, tinySetup.batch);
      const batch = right(heldOutBatch(tinyData, { batch: tinySetup.batch, context: 4, index: 0, count: 1 }));
      const given = new Map<string, ArrayLike<number>>([
        ['inputs', batch.inputs],
        ['targets', batch.targets],
      ]);
      const inputs = program.inputs.map(({ name: input }) => given.get(input) ?? saved.parameters.get(input)?.data ?? assert.fail(input));
      const [loss] = await (await onReference(program))(inputs);
      // The saved weights are rounded to float32.
      assertClose(loss ?? [], [model?.validationLoss ?? Number.NaN], { relative: 1e-6, absolute: 0 }, 'loss');
    });

  it('costs what the stack of as many layers costs, and no parameters', async () => {
    const { capabilities } = await nullBackend();
    const stepOf = (stages: string, layers: number) => {
      const schedule = scheduleOf(stages, { model: { ...tinySetup.model, layers }, optimizer: { ...tinySetup.optimizer, clip: 0 } });
      return right(planSchedule(schedule, { vocabulary: VOCABULARY, capabilities })).stages.at(-1)?.flopsPerStep.matmul;
    };
    assert.equal(stepOf('grow(loop(3)) >> train(1)', 2), stepOf('train(1)', 6));
    assert.equal(stepOf('grow(loop(2)) >> train(1, layers: random, keep: 0.5)', 4), stepOf('grow(loop(2)) >> train(1)', 2));
  });

  it('is compared with the network that was applied as often from the beginning', async () => {
    const { capabilities } = await nullBackend();
    const schedule = scheduleOf('train(4) >> grow(loop(2)) >> train(4) >> grow(loop(2)) >> train(2)');
    const planOf = (of: Schedule) => planSchedule(of, { vocabulary: VOCABULARY, capabilities });
    const texts = (kind: Parameters<typeof baselinesOf>[1]) =>
      right(baselinesOf(schedule, kind, planOf)).map(({ schedule: { stages } }) => print(stages));
    assert.deepEqual(texts('fine'), ['grow(loop(4)) >> train(10)']);
    const [coarse] = texts('coarse-only');
    assert.match(coarse ?? '', /^train\(\d+\)$/);
    const other = comparable([
      { name: 'a', schedule },
      { name: 'b', schedule: scheduleOf('train(1)') },
    ]);
    assert.match('left' in other ? other.left.message : '', /finest network\.loops in a is 4 and in b 1/);
  });

  it('is refused in a sentence: no layers, too many, on a coarse level; what depends on new layers has none; parts that do not divide', () => {
    const at = (layers: number): Partial<Setup> => ({ model: { ...tinySetup.model, layers } });
    const deep = 'the model can have at most 1024 layers (was 1200); grow less';
    assert.equal(
      messageOf('grow(loop(2))', at(0)),
      'stage 1, grow(loop(2)): there is no layer to apply again (was 0 layers); begin with fresh(n) or identity(n)',
    );
    assert.equal(messageOf('grow(loop(600))'), `stage 1, grow(loop(600)): ${deep}`);
    assert.equal(messageOf('grow(loop(300)) >> grow(stack(2))'), `stage 2, grow(stack(2)): ${deep}`);
    assert.equal(
      messageOf('grow(loop(2)) >> train(1, only: new)'),
      'stage 2, train: only: new needs a growth that makes layers before it (was none); put one before it, such as grow(stack(2)), or name the layers',
    );
    assert.equal(messageOf('grow(stack(2)) >> grow(loop(2)) >> train(1, only: new)'), 'accepted');
    assert.match(messageOf('restrict(even) >> grow(loop(2)) >> prolongate'), /^stage 2, grow: /);
    assert.equal(
      messageOf('grow(loop(2)) >> restrict(even) >> prolongate', at(3)),
      'stage 2, restrict(even): needs a number of layers divisible by 2 (was 3); restrict fewer times or change the depth',
    );
  });
});
