/** Stages that an end decides, and stages that train a part: what is reported, what is on disk, what stays as it was. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { planSheet } from '../../src/report/plan/plan-sheet.js';
import { runTable } from '../../src/report/run/run-table.js';
import { type EndMemory, enterStage, lossesNeeded, see } from '../../src/runner/events/stage-end.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import type { Schedule, Stage, StageEnd, TrainStage } from '../../src/schedule/schedule.js';
import { rateAt } from '../../src/schedule/walk/learning-rate.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { adamw } from '../model/tiny.js';
import { inTemporaryFolder, nullBackend, onnxBackend, right, runWithEvents } from './harness.js';
import { VOCABULARY } from './pipelines.js';

const train = (steps: number, more: Partial<TrainStage> = {}): TrainStage => ({ kind: 'train', steps, ...more });
const restrict: Stage = {
  kind: 'restrict',
  operator: { kind: 'every', factor: 2, offset: 0 },
  h: 'scale',
  moments: 'carry',
  counters: 'carry',
};
const prolongate: Stage = { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' };
const on = { kind: 'training', window: 3 } as const;
const plateau: StageEnd = { kind: 'plateau', on, patience: 2, minDelta: 5 };

const scheduleOf = (stages: readonly Stage[], every = 4): Schedule => ({
  version: 1,
  setup: {
    model: { kind: 'gpt', layers: 4, heads: 2, width: 8, context: 4, bias: true },
    data: { kind: 'tokens', vocabulary: VOCABULARY },
    optimizer: { ...adamw, learningRate: { kind: 'cosine', peak: 0.02, floor: 0.002, warmup: 2, clock: 'global', rewarm: 3 } },
    batch: 2,
    seed: 1,
    evaluation: { every, batches: 1 },
  },
  stages,
});

const checkpoint = (folder: string, step: number) =>
  right(decodeSafetensors(readFileSync(join(folder, RUN_FILES.checkpoints, `step-${String(step).padStart(8, '0')}.safetensors`))));

describe('a stage with an end', () => {
  it('ends early, says by what and when, and the rates that follow are those of the plan', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await nullBackend();
      const schedule = scheduleOf([restrict, train(30, { until: plateau }), prolongate, train(4)]);
      const { result, events } = await runWithEvents(schedule, { backend, folder });
      const { stages, plan, outcome } = right(result);
      assert.deepEqual(outcome, { kind: 'finished' });
      // Three steps to the first look, two looks without progress.
      assert.deepEqual(
        stages.map(({ kind, stepsRun, endedBy }) => [kind, stepsRun, endedBy]),
        [
          ['restrict', 0, undefined],
          ['train', 5, 'plateau'],
          ['prolongate', 0, undefined],
          ['train', 4, undefined],
        ],
      );
      assert.deepEqual([plan.least.steps, plan.steps, plan.clock], [9, 34, 34]);
      assert.equal(JSON.parse(readFileSync(join(folder, RUN_FILES.summary), 'utf8')).stages[1].endedBy, 'plateau');
      const rates = events.flatMap((event) => (event.kind === 'step' && event.stage === 3 ? [event.learningRate] : []));
      const last = walk(schedule)[3] ?? assert.fail();
      assert.deepEqual([last.firstStep, last.sinceTransfer], [30, 0]);
      assert.deepEqual(
        rates,
        [0, 1, 2, 3].map((step) => rateAt(schedule.setup.optimizer.learningRate, { ...last, steps: 4 }, step, 34)),
      );
      const table = runTable(stages, plan, 80);
      assert.match(table, /^train until +1 /m);
      assert.match(table, /^ended by$/m);
      assert.match(table, /^plateau \(5 of$/m);
      assert.match(table, /^Saving: /m);
      const rows = planSheet(plan)
        .rows.filter((row) => row !== 'rule')
        .map((row) => row.join(' | '));
      assert.ok(
        rows.some((row) => /^or fewer, from .*\| 5 \|/.test(row)),
        rows.join('\n'),
      );
      assert.deepEqual(JSON.parse(checkpoint(folder, 9).metadata.memory ?? '').ends.elsewhere.met, { end: 'plateau', step: 5 });
      right(await backend.close()());
    }));

  it('by slope compares with the last stage on another level; one that nothing meets takes all its steps', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await nullBackend();
      const slope = (ratio: number): Stage => train(20, { until: { kind: 'slopeBelow', ratio, on } });
      // Without a change in the loss both slopes are 0, and 0 is not below 0.
      const { result } = await runWithEvents(scheduleOf([train(6), restrict, slope(0.5), prolongate]), { backend, folder });
      assert.deepEqual(right(result).stages.map(({ stepsRun, endedBy }) => [stepsRun, endedBy])[2], [20, 'atMost']);
      // Down by 1 a step there, up here: below at the first look, which needs six steps.
      let memory: EndMemory = enterStage({}, 0, 100);
      const end: StageEnd = { kind: 'slopeBelow', ratio: 1, on };
      const watch = { end, tokensPerStep: 8, keep: lossesNeeded(end) };
      for (const step of [1, 2, 3, 4, 5, 6])
        memory = see(memory, { kind: 'training', step, loss: 10 - step }, { ...watch, end: undefined });
      memory = enterStage(memory, 1, 50);
      for (const step of [1, 2, 3, 4, 5, 6]) {
        assert.equal(memory.here?.met, undefined);
        memory = see(memory, { kind: 'training', step, loss: 4 - step / 3 }, watch);
      }
      assert.deepEqual(memory.here?.met, { end: 'slopeBelow', step: 6 });
      right(await backend.close()());
    }));

  it('remembers in plain JSON: a memory that went through a file decides alike', () => {
    const ends = fc.constantFrom<StageEnd>(
      plateau,
      { kind: 'plateau', on: { kind: 'heldOut' }, patience: 1, minDelta: 0.1 },
      { kind: 'loss', loss: 1.2, on },
      { kind: 'slopeBelow', ratio: 0.7, on },
      { kind: 'slopeBelow', ratio: 2, on: { kind: 'heldOut' } },
    );
    const losses = fc.array(fc.double({ min: 0.5, max: 4, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(ends, losses, losses, (end, before, now) => {
        const watch = { end, tokensPerStep: 8, keep: lossesNeeded(end) };
        const fold = (through: (memory: EndMemory) => EndMemory): EndMemory => {
          let memory: EndMemory = {};
          for (const [level, seen] of [before, now].entries()) {
            memory = through(enterStage(memory, level, 7 + level));
            for (const [index, loss] of seen.entries())
              for (const kind of index % 3 === 2 ? (['training', 'heldOut'] as const) : (['training'] as const))
                memory = through(see(memory, { kind, step: index + 1, loss }, watch));
          }
          return memory;
        };
        assert.deepEqual(
          fold((memory) => JSON.parse(JSON.stringify(memory))),
          fold((memory) => memory),
        );
      }),
    );
  });

  it('that was met stops nothing when the run is told to stop: there is nothing left', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await nullBackend();
      const controller = new AbortController();
      const { result } = await runWithEvents(scheduleOf([train(30, { until: plateau })]), {
        backend,
        folder,
        signal: controller.signal,
        listener: (event) => {
          if (event.kind === 'step' && event.step === 5) controller.abort();
        },
      });
      assert.deepEqual(right(result).outcome, { kind: 'finished' });
      right(await backend.close()());
    }));

  it('by FLOPs or tokens is known to the plan; FLOPs that no step count has are refused', async () => {
    const backend = await nullBackend();
    const plan = (stages: readonly Stage[]) =>
      planSchedule(scheduleOf(stages), { vocabulary: VOCABULARY, capabilities: backend.capabilities });
    const perStep = right(plan([train(1)])).total.matmul;
    const known = right(
      plan([train(50, { until: { kind: 'flops', flops: 3 * perStep } }), train(50, { until: { kind: 'tokens', tokens: 33 } })]),
    );
    assert.deepEqual(
      known.stages.map(({ steps, least }) => [steps, least.steps]),
      [
        [3, 3],
        [5, 5],
      ],
    );
    const refusal = (stages: readonly Stage[]): string => {
      const planned = plan(stages);
      return E.isLeft(planned) ? planned.left.message : assert.fail('planned');
    };
    const ending = (flops: number): Stage => train(50, { until: { kind: 'flops', flops } });
    const message = (flops: number): string => refusal([train(2), ending(flops)]);
    assert.match(
      message(50 * perStep + 1),
      /^stage 2, until\.flops: cannot be met, since atMost 50 steps have \d+ FLOPs of matrix products \(was \d+\)/,
    );
    assert.match(message(perStep - 1), /^stage 2, until\.flops: must be at least what one step has, \d+ FLOPs/);
    // Where it is in the schedule, not how many stages happen before it.
    const nested: readonly Stage[] = [
      { kind: 'repeat', times: 3, stages: [train(1)] },
      { kind: 'branch', arms: [[train(1)], [train(1), ending(1)]], shared: { kind: 'last' } },
    ];
    assert.match(refusal(nested), /^stage 2\.2\.2, until\.flops: must be at least /);
    right(await backend.close()());
  });
});

describe('a stage that trains a part', () => {
  it('leaves weights, moments and counters of all else as they were, to the bit', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await onnxBackend();
      const part: Stage = train(3, { only: { kind: 'layers', layers: [1, 2], sharedLayers: 'freeze' } });
      right((await runWithEvents(scheduleOf([train(2), part], 0), { backend, folder })).result);
      const [before, after] = [checkpoint(folder, 2), checkpoint(folder, 5)];
      const valuesOf = (saved: typeof before, name: string) =>
        saved.tensors.get(JSON.parse(saved.metadata.aliases ?? '{}')[name] ?? name)?.data ?? assert.fail(name);
      let changed = 0;
      for (const name of before.tensors.keys())
        if (/^layers\.[12]\./.test(name))
          changed += Number(JSON.stringify(valuesOf(before, name)) !== JSON.stringify(valuesOf(after, name)));
        else assert.deepEqual(valuesOf(after, name), valuesOf(before, name), name);
      assert.equal(changed, 3 * 2 * 16);
      assert.deepEqual(JSON.parse(after.metadata.updates ?? '')[0], {
        shared: 2,
        'layers.0': 2,
        'layers.1': 5,
        'layers.2': 5,
        'layers.3': 2,
      });
      right(await backend.close()());
    }));

  it('new layers alone after a growth, at less cost than all', async () => {
    const backend = await nullBackend();
    const grow: Stage = { kind: 'grow', growth: { kind: 'last', block: 2 }, h: 'keep', moments: 'carry', counters: 'carry' };
    const schedule = scheduleOf([train(2), grow, train(2, { only: { kind: 'new', sharedLayers: 'freeze' } }), train(2)]);
    assert.deepEqual(
      walk(schedule).map(({ trained }) => trained),
      [undefined, undefined, { layers: [4, 5], shared: false }, undefined],
    );
    const plan = right(planSchedule(schedule, { vocabulary: VOCABULARY, capabilities: backend.capabilities }));
    assert.ok((plan.stages[2]?.flops.matmul ?? 0) < 0.7 * (plan.stages[3]?.flops.matmul ?? 0));
    right(await backend.close()());
  });

  it('with stochastic depth gives the same bits again', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await onnxBackend();
      const schedule = scheduleOf([train(3, { stochasticDepth: 0.3 })], 0);
      const losses = async (name: string) =>
        (await runWithEvents(schedule, { backend, folder: join(folder, name) })).events.flatMap((event) =>
          event.kind === 'step' ? [event.loss] : [],
        );
      assert.deepEqual(await losses('a'), await losses('b'));
      assert.deepEqual(checkpoint(join(folder, 'a'), 3).tensors, checkpoint(join(folder, 'b'), 3).tensors);
      right(await backend.close()());
    }));
});
