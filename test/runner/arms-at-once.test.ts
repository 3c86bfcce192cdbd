/**
 * Arms of a branch that run at once, on backends of their own, against arms in turn: the same events in the same order, the same bits, whatever is
 * stopped, fails or diverges on the way. Not here: processes (`test/backends/torch-arms.test.ts`).
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import { type Backend, failed } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { hastyDisk, inTemporaryFolder, right } from './harness.js';
import { leftBehind } from './left-behind.js';
import { smallSchedules, VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const dataset = tokensDataset(VOCABULARY);

const scheduleOf = (stages: string, peak?: number): Schedule => {
  const { setup } = { setup: { ...tinySetup, model: { ...tinySetup.model, width: 4, context: 3 } } };
  const optimizer = peak === undefined ? setup.optimizer : { ...setup.optimizer, learningRate: { ...setup.optimizer.learningRate, peak } };
  return { version: 1, setup: { ...setup, optimizer, evaluation: { every: 3, batches: 1 } }, stages: stagesOf(stages) };
};

const isStep = (program: string): boolean => program.startsWith('training-step');

/** What a run of a program may be told instead of its result, and what it waits for before. */
type Meddles = (arm: number, program: string) => Promise<string | undefined> | undefined;

/** A backend of its own for each arm, of which each run may be held up, or fail. */
const withArms = (meddles: Meddles = () => undefined): Backend & { readonly all: readonly Backend[] } => {
  const main = createReference();
  const all: Backend[] = [main];
  const known = new Map<number, readonly Backend[]>();
  const armOf = (arm: number): Backend => {
    const own = createReference();
    all.push(own);
    return {
      ...own,
      compile: (program) => async () => {
        const compiled = await own.compile(program)();
        if (E.isLeft(compiled)) return compiled;
        const { run: runs, ...rest } = compiled.right;
        const meddled: (typeof compiled.right)['run'] = (inputs, options) => async () => {
          const why = await meddles(arm, program.name);
          return why === undefined ? runs(inputs, options)() : E.left(failed('reference', why));
        };
        return E.right({ ...rest, run: meddled });
      },
    };
  };
  return {
    ...main,
    all,
    capabilities: { ...main.capabilities, armsAtOnce: true },
    forArms: (arms) => async () => {
      const backends = known.get(arms) ?? Array.from({ length: arms }, (_, index) => armOf(index + 1));
      known.set(arms, backends);
      return E.right(backends);
    },
  };
};

/** What it left, without what says that its arms ran at once. */
interface Left {
  readonly summary: RunSummary;
  readonly left: ReturnType<typeof leftBehind>;
}

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner) => (['time', 'seconds', 'armsAtOnce'].includes(key) ? undefined : inner)));

const checkpoints = { every: 1, keep: 2 };

interface How {
  readonly signal?: AbortSignal;
  readonly listener?: (event: RunEvent) => void;
}

const carriedIn = async (folder: string, schedule: Schedule, backend: Backend, { signal, listener }: How = {}): Promise<Left> => {
  const events: RunEvent[] = [];
  const listeners = [(event: RunEvent) => void events.push(event), ...(listener === undefined ? [] : [listener])];
  const how = { backend, folder: onDisk(folder, hastyDisk), listeners, checkpoints, ...(signal === undefined ? {} : { signal }) };
  const summary = right(await run(schedule, dataset, how)());
  const times = events.map(({ time }) => time);
  assert.deepEqual(times, [...times].sort(), 'events are in the order of their times');
  return { summary, left: leftBehind(folder) };
};

const carried = (schedule: Schedule, backend: Backend, how: How = {}): Promise<Left> =>
  inTemporaryFolder((folder) => carriedIn(join(folder, 'run'), schedule, backend, how));

const assertSame = ({ left: atOnce }: Left, { left: inTurn }: Left, what: string): void => {
  assert.deepEqual(plain(atOnce.events), plain(inTurn.events), what);
  assert.deepEqual(atOnce.model, inTurn.model, what);
  assert.deepEqual(atOnce.summary, inTurn.summary, what);
};

/** Continues it, and holds its end to that of a run without an end between. */
const assertResumes = async (folder: string, backend: Backend, whole: Left, what: string): Promise<void> => {
  const resumed = right(await resume(dataset, { backend, folder: onDisk(folder, hastyDisk) })());
  assert.deepEqual(resumed.outcome, { kind: 'finished' }, what);
  const { model, summary } = leftBehind(folder);
  assert.deepEqual(model, whole.left.model, what);
  assert.deepEqual(summary, whole.left.summary, what);
};

const assertReleased = ({ all }: { readonly all: readonly Backend[] }): void => {
  for (const backend of all) assert.deepEqual(backend.memory().held, 0);
};

/** Whether arms of the schedule may run at once. */
const fits = (schedule: Schedule): boolean =>
  E.isRight(planSchedule(schedule, { vocabulary: VOCABULARY, capabilities: withArms().capabilities }));

const SEVERAL = [
  '( train(2) | train(3) ) >> train(1)',
  'train(1) >> ( restrict(even) >> train(2) >> prolongate | restrict(odd) >> train(3) >> prolongate ) >> train(2)',
  'restrict(even) >> ( train(2, only: [0]) | restrict(even) >> train(2) >> prolongate(correction: 0.5) | train(1), shared: last ) >> train(1) >> prolongate',
  'repeat(2, ( restrict(even, tau: 1) >> train(2) >> prolongate(correction: 1, lineSearch: 2) | ( train(1) | train(2) ), shared: weighted(0.25, 0.75) ) )',
  '( train(1) | train(1) ) >> ( train(1) | train(2) | train(1) )',
  // Replicas take their steps beside each other, so batches count otherwise from there on.
  '( replicas(2, every: 1, train(2)) | train(2) ) >> replicas(2, every: 1, train(1)) >> ( train(1) | restrict(even) >> train(1) >> prolongate )',
];

describe('arms that run at once', function () {
  this.timeout(120_000);

  for (const stages of SEVERAL)
    it(`leave what arms in turn leave: ${stages}`, async () => {
      const schedule = scheduleOf(stages);
      const inTurn = await carried(schedule, createReference());
      const backend = withArms();
      const atOnce = await carried(schedule, backend);
      assert.deepEqual(atOnce.summary.outcome, { kind: 'finished' });
      assertSame(atOnce, inTurn, stages);
      for (const { op, planned, counted } of atOnce.summary.stages) assert.deepEqual(counted, planned, op);
      assertReleased(backend);
    });

  it('do so in generated schedules', async () => {
    // A schedule that does not grow is an arm, beside another one.
    const besides = (schedule: Schedule): Schedule => {
      const other = stagesOf('train(1)');
      return {
        ...schedule,
        stages: [{ kind: 'branch', arms: [schedule.stages, other, schedule.stages], shared: { kind: 'average' } }, ...other],
      };
    };
    const schedules = smallSchedules
      .filter(({ stages, setup }) => setup.model.layers <= 4 && !print(stages).includes('grow'))
      .map(besides)
      .filter((schedule) => E.isRight(verify(schedule)) && fits(schedule));
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        assertSame(await carried(schedule, withArms()), await carried(schedule, createReference()), print(schedule.stages));
      }),
      { numRuns: 4 },
    );
  });

  it('run at once, and report in their order, though the last one is the first to end', async () => {
    let ended = false;
    let released: () => void = () => undefined;
    const lastHasEnded = new Promise<void>((resolve) => (released = resolve));
    const schedule = scheduleOf('( train(2) | train(2) )');
    // The first arm takes no step before the second one has taken its last.
    let steps = 0;
    const backend = withArms((arm, program) => {
      if (!isStep(program)) return undefined;
      if (arm === 1) return lastHasEnded.then(() => undefined);
      steps += 1;
      if (steps === 2) {
        ended = true;
        released();
      }
      return undefined;
    });
    const atOnce = await carried(schedule, backend, { listener: ({ kind }) => kind === 'step' && assert.ok(ended) });
    assert.ok(ended);
    assertSame(atOnce, await carried(schedule, createReference()), 'an order of its own');
  });

  const STOPPED = scheduleOf(SEVERAL[1] ?? '');

  it('are stopped with a checkpoint, from which the run ends in the same bits, at once or in turn', async () => {
    const whole = await carried(STOPPED, createReference());
    for (const step of [1, 3, 4, 7])
      for (const [name, goesOn] of Object.entries({ createReference, withArms }))
        await inTemporaryFolder(async (temporary) => {
          const folder = join(temporary, 'run');
          const stop = new AbortController();
          const backend = withArms();
          const listener = (event: RunEvent) => event.kind === 'step' && event.step === step && stop.abort();
          const { summary, left } = await carriedIn(folder, STOPPED, backend, { signal: stop.signal, listener });
          assert.equal(summary.outcome.kind, 'interrupted');
          assert.ok(Object.keys(left.model).length > 0, 'a stopped run leaves its model');
          assertReleased(backend);
          await assertResumes(folder, goesOn(), whole, `stopped after step ${step}, continued with ${name}`);
        });
  });

  it('end the run when one of them fails, with its name, and leave a whole checkpoint', async () => {
    const whole = await carried(STOPPED, createReference());
    for (const bad of [1, 2])
      await inTemporaryFolder(async (temporary) => {
        const folder = join(temporary, 'run');
        let steps = 0;
        const backend = withArms((arm, program) => {
          if (!isStep(program) || arm !== bad) return undefined;
          steps += 1;
          return steps === 2 ? Promise.resolve('rank 1 ended (SIGKILL)') : undefined;
        });
        const { summary } = await carriedIn(folder, STOPPED, backend);
        const message = `stage 2.${bad}, arm ${bad} of 2: reference: rank 1 ended (SIGKILL)`;
        assert.deepEqual(summary.outcome, { kind: 'failed', message });
        assert.notEqual(leftBehind(folder).checkpoint, '');
        await assertResumes(folder, withArms(), whole, `arm ${bad} failed`);
      });
  });

  it('diverge as arms in turn do: what came before is there, and so is the last good state', async () => {
    for (const stages of ['( train(2) | train(6) ) >> train(1)', '( train(6) | train(2) ) >> train(1)']) {
      const schedule = scheduleOf(stages, 1e18);
      const inTurn = await carried(schedule, createReference());
      assert.equal(inTurn.summary.outcome.kind, 'diverged');
      assertSame(await carried(schedule, withArms()), inTurn, stages);
    }
  });

  const why = (stages: string, ranks?: number): string => {
    const capabilities = { ...withArms().capabilities, ...(ranks === undefined ? {} : { ranks }) };
    const schedule = scheduleOf(stages);
    const given = { ...schedule, setup: { ...schedule.setup, batch: 12 } };
    const planned = planSchedule(given, { vocabulary: VOCABULARY, capabilities });
    return E.isLeft(planned) ? planned.left.message : assert.fail(`${stages} fits ${ranks} ranks`);
  };

  it('are refused where there are none, where the ranks do not divide, and where it is not known where each begins', () => {
    assert.equal(
      why('train(1) >> ( train(1), shared: last )'),
      'arms run at once where a branch has several, and no branch of this pipeline has; let arms run in turn',
    );
    const divide = 'merge(average): the 3 arms of a branch share the ranks, and must divide them';
    assert.equal(why('train(1) >> ( train(1) | train(1) | train(1) )', 2), `stage 2, ${divide} (were 2); change one of the two`);
    assert.equal(why('train(1) >> ( train(1) | train(1) | train(1) )', 4), `stage 2, ${divide} (were 4); change one of the two`);
    assert.match(
      why('( train(1) | train(until.plateau(on: training(2), patience: 2, atMost: 9)) )'),
      /^stage 1\.2\.1, train\(.*\): the number of its steps is known only when it ends, and arms at once must know where each begins; leave out that end/,
    );
    assert.match(
      why('( train(1) | train(4) ) >> restrict(even) >> train(until.slopeBelow(on: training(2), ratio: 0.5, atMost: 9)) >> prolongate'),
      /^stage 3, train\(.*\): it compares its slope with that of a stage before it/,
    );
  });

  it('plan what their share of the ranks communicates', () => {
    const schedule = scheduleOf('train(1) >> ( train(1) | train(1) ) >> train(1)');
    const given = { ...schedule, setup: { ...schedule.setup, batch: 12 } };
    const plannedOn = (ranks: number, armsAtOnce: boolean) => {
      const { armsAtOnce: _, ...capabilities } = withArms().capabilities;
      const operations = new Set([...capabilities.operations, 'allReduce' as const]);
      return right(
        planSchedule(given, {
          vocabulary: VOCABULARY,
          capabilities: { ...capabilities, operations, ranks, ...(armsAtOnce ? { armsAtOnce } : {}) },
        }),
      );
    };
    const communicated = (ranks: number, atOnce: boolean) =>
      plannedOn(ranks, atOnce)
        .stages.filter(({ kind }) => kind === 'train')
        .map(({ flops }) => flops.communicated ?? 0);
    const [each = 0] = communicated(4, false);
    assert.ok(each > 0);
    assert.deepEqual(communicated(4, true), [each, each, each, each]);
    assert.deepEqual(communicated(2, true), [each, 0, 0, each]);
    assert.equal(plannedOn(4, true).total.matmul, plannedOn(4, false).total.matmul);
  });
});
