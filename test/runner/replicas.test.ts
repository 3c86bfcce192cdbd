/**
 * Replicas in real runs: merged after every step they are one large batch; the outer step is the textbook's; each keeps its moments from round to
 * round; and a run that stops within a round resumes to the same bits. On random pipelines: `run.test.ts`, `resume.test.ts`.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { createReference } from '../../backends/reference/index.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { tensorsOf } from '../../src/model/cell-tensors.js';
import { parameterCount } from '../../src/model/parameters.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { cyclePath } from '../../src/report/cycle/cycle-path.js';
import { decodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { RUN_FILES, type RunPlace } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { OuterOptimizer, Schedule, Setup } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { outerNames, outerProgram } from '../../src/transfer/outer.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { hastyDisk, inTemporaryFolder, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const backend = createReference();

const scheduleOf = (stages: string, setup: Partial<Setup> = {}): Schedule =>
  right(
    verify({
      version: 1,
      setup: { ...tinySetup, model: { ...tinySetup.model, layers: 1, width: 4, context: 3 }, ...setup },
      stages: stagesOf(stages),
    }),
  );

interface Seen {
  readonly events: readonly RunEvent[];
  readonly losses: readonly number[];
  readonly rates: readonly number[];
  /** Of the last checkpoint. */
  readonly tensors: ReadonlyMap<string, ArrayLike<number>>;
}

const seenIn = (folder: MemoryFolder, events: readonly RunEvent[]): Seen => {
  const file = events.flatMap((event) => (event.kind === 'checkpointed' ? [event.file] : [])).at(-1) ?? assert.fail('no checkpoint');
  const { tensors } = right(decodeCheckpoint(right(folder.read(file))));
  return {
    events,
    losses: events.flatMap((event) => (event.kind === 'step' || event.kind === 'evaluated' ? [event.loss] : [])),
    rates: events.flatMap((event) => (event.kind === 'step' ? [event.learningRate] : [])),
    tensors: new Map([...tensors].map(([name, { data }]) => [name, data])),
  };
};

const ranIn = async (folder: RunPlace, schedule: Schedule, how: { readonly stopAfter?: number } = {}): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  const stop = new AbortController();
  const listener = (event: RunEvent): void => {
    events.push(event);
    if (event.kind === 'step' && event.step === how.stopAfter) stop.abort();
  };
  right(await run(schedule, tokensDataset(VOCABULARY), { backend, folder, listeners: [listener], signal: stop.signal })());
  return events;
};

const seenOf = async (schedule: Schedule): Promise<Seen> => {
  const folder = new MemoryFolder();
  return seenIn(folder, await ranIn(folder, schedule));
};

const withMomentum: Setup['optimizer'] = {
  kind: 'sgd',
  learningRate: { kind: 'cosine', peak: 0.1, floor: 0.01, warmup: 2, clock: 'global' },
  momentum: 0.5,
  weightDecay: 0.01,
  clip: 0,
};

const exact = { relative: 1e-12, absolute: 1e-13 };

describe('replicas', () => {
  after(() => assert.equal(backend.memory().held, 0));

  it('merged after every step by their mean, with SGD, are one batch as many times as large', async () => {
    const setup = { optimizer: withMomentum, evaluation: { every: 2, batches: 2 } };
    const [before, after] = ['train(3)', 'train(2, batch: 6)'];
    const apart = await seenOf(scheduleOf(`${before} >> replicas(3, every: 1, outer: average, train(5)) >> ${after}`, setup));
    const large = await seenOf(scheduleOf(`${before} >> train(5, batch: 6) >> ${after}`, setup));
    const lossOf = ({ events }: Seen): readonly number[] =>
      events.flatMap((event) => (event.kind === 'evaluated' ? [event.loss] : [])).slice(-1);
    assertClose(lossOf(apart), lossOf(large), exact, 'held-out loss');
    assert.deepEqual(apart.rates.slice(-2), large.rates.slice(-2));
    assert.deepEqual([...apart.tensors.keys()], [...large.tensors.keys()]);
    for (const [name, values] of large.tensors) assertClose(apart.tensors.get(name) ?? [], values, exact, name);
  });

  it('take the same rates at the same time, whatever the clock, and different batches', async () => {
    for (const rate of ['', ', learningRate: cosine(0.1, warmup: 1, clock: stage)']) {
      const { rates, losses } = await seenOf(
        scheduleOf(`train(1) >> replicas(2, every: 2, train(4${rate})) >> train(1)`, { optimizer: withMomentum }),
      );
      const alone = await seenOf(scheduleOf(`train(1) >> train(4${rate}) >> train(1)`, { optimizer: withMomentum }));
      const [a, b, c, d, e, f] = alone.rates;
      assert.deepEqual(rates, [a, b, c, b, c, d, e, d, e, f]);
      assert.notEqual(losses[1], losses[3]);
    }
  });

  it('make the outer step of Douillard et al. (2023), and leave the mean of their moments', async () => {
    const { layer } = tensorsOf(
      { ...tinySetup.model, kind: 'gpt', bias: true, vocabulary: VOCABULARY },
      tinySetup.optimizer,
    )({ heads: 2, width: 8 });
    const [weight, moment] = [
      layer.find(({ name }) => name === 'attention.norm.bias'),
      layer.find(({ name }) => name.startsWith('attention.norm.bias/')),
    ];
    assert.ok(weight !== undefined && moment !== undefined);
    const units = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 8, maxLength: 8 });
    const outer = fc.oneof(
      fc.constant<OuterOptimizer>({ kind: 'average' }),
      fc.record({ kind: fc.constant('nesterov' as const), rate: fc.constantFrom(0.7, 1, 1.5), momentum: fc.constantFrom(0, 0.5, 0.9) }),
    );
    await fc.assert(
      fc.asyncProperty(
        outer,
        fc.array(fc.tuple(units, units), { minLength: 1, maxLength: 3 }),
        units,
        units,
        async (rule, ends, start, kept) => {
          const program = outerProgram([weight, moment], { replicas: ends.length, outer: rule, last: true });
          const given = new Map<string, readonly number[]>([
            [outerNames.start(weight.name), start],
            [outerNames.momentum(weight.name), kept],
            ...ends.flatMap(([weights, moments], replica): readonly [string, readonly number[]][] => [
              [outerNames.replica(weight.name, replica), weights],
              [outerNames.replica(moment.name, replica), moments],
            ]),
          ]);
          const evaluate = await onReference(program);
          const found = await evaluate(program.inputs.map(({ name }) => given.get(name) ?? assert.fail(name)));
          const { rate, momentum } = rule.kind === 'average' ? { rate: 1, momentum: 0 } : rule;
          const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
          const velocity: number[] = [];
          const weights = start.map((value, unit) => {
            const gradient = value - mean(ends.map(([end]) => end[unit] ?? 0));
            const next = momentum * (kept[unit] ?? 0) + gradient;
            velocity.push(next);
            return value - rate * (gradient + momentum * next);
          });
          const moments = start.map((_, unit) => mean(ends.map(([, end]) => end[unit] ?? 0)));
          const named = new Map(program.outputs.map(({ name }, index) => [name, found[index] ?? assert.fail(name)]));
          const near = { relative: 1e-13, absolute: 1e-13 };
          assertClose(named.get(weight.name) ?? [], weights, near, 'weights');
          assertClose(named.get(moment.name) ?? [], moments, near, 'moments');
          assert.equal(named.has(outerNames.momentum(weight.name)), momentum > 0);
          if (momentum > 0) assertClose(named.get(outerNames.momentum(weight.name)) ?? [], velocity, near, 'momentum');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keep their own moments from round to round', async () => {
    // Where weights stay, momentum is linear in the gradients: the mean of the replicas' is that of a batch as many times as large, whatever `every` is.
    const still: Setup['optimizer'] = { ...withMomentum, learningRate: { kind: 'constant', peak: 1e-300, warmup: 0, clock: 'global' } };
    const apart = await seenOf(scheduleOf('replicas(2, every: 2, train(6)) >> train(1)', { optimizer: still }));
    const large = await seenOf(scheduleOf('train(6, batch: 4) >> train(1)', { optimizer: still }));
    for (const [name, values] of large.tensors) assertClose(apart.tensors.get(name) ?? [], values, exact, name);
  });

  it('would exchange their weights at each merge, where a large batch has a gradient in each step', () => {
    const schedule = scheduleOf('train(1) >> replicas(2, every: 5, train(15)) >> train(1)');
    const plan = right(planSchedule(schedule, { vocabulary: VOCABULARY, capabilities: backend.capabilities }));
    const network = 4 * parameterCount({ ...schedule.setup.model, vocabulary: VOCABULARY });
    assert.deepEqual(plan.exchanged, { merges: 3, bytes: 3 * network, steps: 15, largeBatchBytes: 15 * network });
    assert.deepEqual([plan.steps, plan.clock, plan.training.matmul], [32, 17, 32 * (plan.stages[0]?.flops.matmul ?? 0)]);
    assert.ok(plan.stages.filter(({ kind }) => kind === 'merge').every(({ flops }) => flops.elementwise > 0));
  });

  it('are drawn as arms that begin again with each merge', () => {
    const schedule = scheduleOf('replicas(2, every: 5, rounds: 2, train(5))');
    const work = walk(schedule).map(({ stage }) => ({ flops: stage.kind === 'train' ? 10 : 0 }));
    const { held, changes } = cyclePath('', schedule, work);
    assert.deepEqual(
      held.map(({ from, to }) => [from, to]),
      [
        [0, 10],
        [10, 20],
        [20, 30],
        [30, 40],
      ],
    );
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['arm', 'arm', 'merge', 'arm', 'arm', 'merge'],
    );
  });

  it('resume within a round to the same bits, wherever the run stopped', async () => {
    const schedule = scheduleOf('train(1) >> replicas(2, every: 2, train(4)) >> train(1)', { evaluation: { every: 3, batches: 1 } });
    const whole = new MemoryFolder();
    await ranIn(whole, schedule);
    const model = `${RUN_FILES.model}/model.safetensors`;
    for (let stopAfter = 1; stopAfter < 10; stopAfter++)
      await inTemporaryFolder(async (path) => {
        const folder = onDisk(path, hastyDisk);
        await ranIn(folder, schedule, { stopAfter });
        const { outcome } = right(await resume(tokensDataset(VOCABULARY), { folder, backend, listeners: [] })());
        assert.deepEqual(outcome, { kind: 'finished' });
        const [resumed, uninterrupted] = [readFileSync(join(path, model)), right(whole.read(model))];
        assert.ok(resumed.equals(uninterrupted), `stopped after step ${stopAfter}`);
      });
  });
});
