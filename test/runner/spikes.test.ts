/**
 * Spikes: a run returns from a loss that jumps, skips the batches that led there, and counts what it threw away apart (law 5); across a resume to the same
 * bits (law 6).
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createReference } from '../../backends/reference/index.js';
import { type Dataset, textDataset, tokensDataset } from '../../src/data/dataset.js';
import { Folder } from '../../src/files/folder.js';
import { readRun } from '../../src/report/run/read-run.js';
import type { EventOf, RunEvent } from '../../src/runner/events/events.js';
import { limitOf, MOST_RETURNS, nothingThrown } from '../../src/runner/events/spike-memory.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { RunOptions } from '../../src/runner/run-rules.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import type { OnSpike, Schedule, Setup } from '../../src/schedule/schedule.js';
import { read } from '../../src/schedule/text/index.js';
import { FollowedRun } from '../../src/watch/watched-run.js';
import { hastyDisk, inTemporaryFolder, right, runWithEvents } from './harness.js';
import { leftBehind } from './left-behind.js';
import { VOCABULARY } from './pipelines.js';
import { tinySetup } from './tiny-setup.js';

/** Small, since the backend is slow: it compiles nothing. */
const SETUP: Setup = { ...tinySetup, model: { kind: 'gpt', layers: 2, heads: 1, width: 4, context: 4, bias: true }, batch: 2 };

const random = tokensDataset(VOCABULARY);

/** Two letters in turn, and in the middle some noise: after a few steps a batch from there has another loss than all others. */
const noisy: Dataset = (() => {
  const plain = 'ab'.repeat(240);
  const noise = Array.from({ length: 60 }, (_, index) => 'abcdefgh'[(index * index * 5 + 3 * index) % 8]).join('');
  return right(textDataset(plain + noise + plain, { source: 'noisy.txt', context: SETUP.model.context, heldOut: 0.1 }));
})();

const scheduleOf = (text: string, onSpike: OnSpike | undefined, dataset: Dataset = random, peak = 0.01): Schedule => ({
  version: 1,
  setup: {
    ...SETUP,
    data: dataset === random ? SETUP.data : { kind: 'text', source: 'noisy.txt', tokenizer: 'characters', heldOut: 0.1 },
    optimizer: { ...SETUP.optimizer, learningRate: { kind: 'constant', peak, warmup: 0, clock: 'global' } },
    evaluation: { every: 4, batches: 1 },
    ...(onSpike === undefined ? {} : { onSpike }),
  },
  stages: right(read(text)),
});

/** So sensitive that random losses are spikes, again and again. */
const NERVOUS: OnSpike = { factor: 0.5, window: 2, back: 2 };
const EVERYWHERE =
  'train(5) >> restrict(even, tau: 1) >> train(6) >> prolongate(correction: 1) >> ( restrict(even) >> train(4) >> prolongate | restrict(odd) >> train(4) >> prolongate ) >> train(3)';

const of = <Kind extends RunEvent['kind']>(events: readonly RunEvent[], kind: Kind): readonly EventOf<Kind>[] =>
  events.filter((event): event is EventOf<Kind> => event.kind === kind);

describe('spikes', () => {
  const backend = createReference();

  const ran = (
    schedule: Schedule,
    dataset: Dataset = random,
  ): Promise<{ readonly summary: RunSummary; readonly events: readonly RunEvent[] }> =>
    inTemporaryFolder(async (root) => {
      const { result, events } = await runWithEvents(schedule, { backend, folder: join(root, 'run'), dataset });
      return { summary: right(result), events };
    });

  it('are losses beyond the spread of the window, once it is full', () => {
    const onSpike = { factor: 2, window: 3, back: 1 };
    const known = { returns: 0, points: [], thrown: nothingThrown };
    assert.equal(limitOf({ ...known, losses: [1, 2] }, onSpike), Number.POSITIVE_INFINITY);
    assert.equal(limitOf({ ...known, losses: [1, 2, 3] }, onSpike), 2 + 2 * 1);
  });

  it('are nothing by default', async () => {
    const { events } = await ran(scheduleOf('train(30)', undefined, noisy), noisy);
    assert.equal(of(events, 'spiked').length, 0);
  });

  it('in noisy text are left behind: their batches are skipped, the rest is as planned, and what was thrown away is counted apart', async () => {
    const { summary, events } = await ran(scheduleOf('train(60)', { factor: 50, window: 8, back: 5 }, noisy, 0.05), noisy);
    const [record] = summary.stages;
    const spikes = of(events, 'spiked');
    assert.ok(spikes.length > 0 && spikes.length < MOST_RETURNS, `${spikes.length} spikes`);
    assert.equal(summary.outcome.kind, 'finished');
    assert.ok(record !== undefined && record.thrown !== undefined);
    // Law 5.
    assert.deepEqual(record.counted, record.planned);
    assert.deepEqual([record.stepsRun, record.evaluations], [60, summary.plan.stages[0]?.evaluations]);
    // Every batch was seen at most once, in order.
    const steps = of(events, 'step');
    assert.deepEqual(
      steps.map(({ step }) => step),
      steps.map((_, index) => index + 1),
    );
    assert.equal(steps.length, 60 + record.thrown.steps);
    assert.equal(record.thrown.returns, spikes.length);
    assert.equal(steps.at(-1)?.flops, record.counted.matmul + record.thrown.flops.matmul);
    for (const [index, { loss = Number.NaN, limit = Number.NaN, step, to, thrown }] of spikes.entries()) {
      assert.ok(loss > limit);
      // At least `back` steps before the state that had the loss, and less than twice as many; or no further than the spike before.
      const again = to === (spikes[index - 1]?.to ?? 0);
      assert.ok(again || (thrown.steps > 5 && thrown.steps <= 10), `from ${step} to ${to}`);
    }
  });

  it('at the beginning of a stage return to its beginning, to the bit', async () => {
    const { events } = await ran(scheduleOf('train(12)', { factor: 0.1, window: 2, back: 10 }));
    const [spike] = of(events, 'spiked');
    assert.equal(spike?.to, 0);
    // So small a rate changes nothing: these are the losses of the initial weights.
    const { events: frozen } = await ran(scheduleOf('train(12)', undefined, random, 1e-30));
    const lossAfter = (all: readonly RunEvent[]): number | undefined =>
      of(all, 'step').find(({ step }) => step === (spike?.step ?? 0) + 1)?.loss;
    assert.equal(lossAfter(events), lossAfter(frozen));
    assert.notEqual(of(events, 'step')[2]?.loss, of(frozen, 'step')[2]?.loss);
  });

  it('are bounded in number: after so many, losses are taken as they are', async () => {
    const { summary, events } = await ran(scheduleOf('train(40)', { factor: 1e-9, window: 2, back: 1 }));
    assert.equal(of(events, 'spiked').length, MOST_RETURNS);
    assert.deepEqual([summary.outcome.kind, summary.stages[0]?.stepsRun], ['finished', 40]);
  });

  it('are losses that are not finite, too; a run that has returned too often from these diverges', async () => {
    const { summary, events } = await ran(scheduleOf('train(3) >> train(5, learningRate: constant(1e38, warmup: 0))', NERVOUS));
    const spikes = of(events, 'spiked').filter(({ stage }) => stage === 1);
    assert.equal(spikes.length, MOST_RETURNS);
    assert.ok(spikes.every(({ loss, found }) => loss === undefined && /finite/.test(found ?? '')));
    assert.equal(summary.outcome.kind, 'diverged');
    const record = summary.stages[1];
    assert.equal(
      record?.thrown?.steps,
      spikes.reduce((sum, { thrown }) => sum + thrown.steps, 0),
    );
  });

  it('are held-out losses that are not finite, and count what these evaluations cost', async () => {
    const { summary, events } = await ran(scheduleOf('train(2) >> train(1, learningRate: constant(1e200, warmup: 0))', NERVOUS));
    const spikes = of(events, 'spiked').filter(({ stage }) => stage === 1);
    const planned = summary.plan.stages[1] ?? assert.fail();
    assert.equal(spikes.length, MOST_RETURNS);
    for (const { found, thrown } of spikes) {
      assert.match(found ?? '', /held-out loss/);
      assert.deepEqual(thrown, { steps: 1, flops: planned.flops, evaluationFlops: planned.evaluationFlops });
    }
    assert.equal(summary.outcome.kind, 'diverged');
  });

  /** Aborts after this many events of this process. */
  const stopAfter = (many: number): Pick<RunOptions, 'signal' | 'listeners'> => {
    const controller = new AbortController();
    let left = many;
    return {
      signal: controller.signal,
      listeners: [({ kind }) => (kind === 'step' || kind === 'spiked') && --left === 0 && controller.abort()],
    };
  };

  for (const [what, text, dataset] of [
    ['random losses, on every kind of level', EVERYWHERE, random],
    ['replicas', 'train(3) >> replicas(2, every: 4, outer: nesterov(0.7, 0.9), train(8)) >> train(3)', random],
    ['overflows', 'train(4) >> train(4, learningRate: constant(1e38, warmup: 0))', random],
  ] as const)
    it(`across a resume are what they would have been, to the bit: ${what}`, () =>
      inTemporaryFolder(async (root) => {
        const schedule = scheduleOf(text, NERVOUS, dataset);
        const how = { backend, checkpoints: { every: 3, keep: 1 } };
        const folder = join(root, 'whole');
        const whole = right(await run(schedule, dataset, { ...how, folder: onDisk(folder, hastyDisk) })());
        const expected = leftBehind(folder);
        const spikes = of(expected.events as readonly RunEvent[], 'spiked').length;
        assert.ok(spikes >= 5, `${spikes} spikes`);
        const all = whole.stages.reduce((sum, { stepsRun, thrown }) => sum + stepsRun + (thrown?.steps ?? 0), 0) + spikes;
        for (let many = 1; many < all; many += Math.ceil(all / 4)) {
          const broken = join(root, `after-${many}`);
          const stopped = right(await run(schedule, dataset, { ...how, ...stopAfter(many), folder: onDisk(broken, hastyDisk) })());
          if (stopped.outcome.kind !== 'interrupted') continue;
          right(await resume(dataset, { ...how, ...stopAfter(4), folder: onDisk(broken, hastyDisk) })());
          const left = await resume(dataset, { ...how, folder: onDisk(broken, hastyDisk) })();
          if (left._tag === 'Left') assert.match(left.left.message, /has finished|diverged/);
          assert.deepEqual(leftBehind(broken), expected, `stopped after ${many}`);
        }
      })).timeout(60_000);

  it('leave the records without what was thrown away', () =>
    inTemporaryFolder(async (root) => {
      const folder = join(root, 'run');
      const { result } = await runWithEvents(scheduleOf(EVERYWHERE, NERVOUS), { backend, folder });
      const record = right(await readRun(Folder.at(folder))());
      assert.equal(
        record.steps.length,
        right(result).stages.reduce((sum, { stepsRun }) => sum + stepsRun, 0),
      );
      assert.equal(
        record.evaluations.length,
        right(result).stages.reduce((sum, { evaluations }) => sum + evaluations, 0),
      );
      assert.ok(record.spikes.length > 0);
      const watched = new FollowedRun(0, Folder.at(folder));
      watched.poll();
      const message = watched.whole();
      assert.ok(message?.kind === 'run');
      const { returns, thrownSteps, training, figure } = message.progress;
      assert.equal(returns, record.spikes.length);
      // What was thrown away is among the losses that the page shows, and not in the run's place.
      assert.equal(training.length, record.steps.length + thrownSteps);
      assert.equal(figure?.validation, record.evaluations.at(-1)?.loss);
    }));
});
