/**
 * A history of a sweep: what is done with which jobs, how long everything takes, and who dies when. It is carried out by the sweep's own code in
 * virtual time, and held to four laws: each job is done once, nothing is lost, nothing waits for the dead, and what jobs begin alike with is not trained
 * by two of a sweep's workers at a time. Not a test itself.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { createNull } from '../../backends/null/null.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { Folder } from '../../src/files/folder.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { runIn } from '../../src/runner/folder/disk-folder.js';
import { run } from '../../src/runner/run.js';
import { scheduleHash } from '../../src/schedule/json/canonical.js';
import { statesIn } from '../../src/store/states-folder.js';
import { carryOut } from '../../src/sweep/carry-out.js';
import type { Job } from '../../src/sweep/job.js';
import { stateOf } from '../../src/sweep/job-state.js';
import { jobFolder, type ManifestPlace, manifestAt } from '../../src/sweep/manifest.js';
import { type HeadNotes, telling } from '../../src/sweep/shared-heads.js';
import { type JobNotes, type PlannedJob, sweep, type WorkerEnd } from '../../src/sweep/sweep.js';
import { AFTERMATHS, memoryDisk } from '../faults/memory-disk.js';
import { right } from '../runner/harness.js';
import { VOCABULARY } from '../runner/pipelines.js';
import { jobs as jobsOf, quiet } from '../sweep/jobs.js';
import { simulatedRunner } from './simulated-runner.js';
import { VirtualTime } from './virtual-time.js';
import { type PowerFailure, type Process, World } from './world.js';

export interface History {
  readonly jobs: number;
  readonly workers: number;
  /** Steps of a run. */
  readonly steps: number;
  /** Milliseconds that things take, one after another, again and again. */
  readonly durations: readonly number[];
  /** Of each process that begins, in that order: the call to the disk at which it dies, or null. Those after the list live. */
  readonly deaths: readonly (number | null)[];
  /** Other schedulers' processes: when each begins, and its job. */
  readonly others: readonly { readonly at: number; readonly job: number }[];
  readonly power: PowerFailure | null;
  /** What each job begins with that others may begin with, too. */
  readonly heads: readonly (readonly string[])[];
  /** Whether states after that can be kept. */
  readonly room: boolean;
}

export const histories: fc.Arbitrary<History> = fc.record({
  jobs: fc.integer({ min: 1, max: 3 }),
  workers: fc.integer({ min: 1, max: 3 }),
  steps: fc.integer({ min: 1, max: 4 }),
  durations: fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 6 }),
  deaths: fc.array(fc.option(fc.integer({ min: 1, max: 120 })), { maxLength: 8 }),
  others: fc.array(fc.record({ at: fc.integer({ min: 0, max: 6000 }), job: fc.integer({ min: 0, max: 2 }) }), { maxLength: 3 }),
  heads: fc.array(fc.constantFrom([], ['a'], ['a', 'b'], ['a', 'c']), { minLength: 3, maxLength: 3 }),
  room: fc.boolean(),
  power: fc.option(fc.record({ afterCalls: fc.integer({ min: 1, max: 400 }), aftermath: fc.constantFrom(...AFTERMATHS) })),
});

const ALL: readonly PlannedJob[] = jobsOf(3);
const dataset = tokensDataset(VOCABULARY);

/** The first event of each job's run, by the hash of its schedule, as the real runner writes it. */
const starts = new Map<string, RunEvent>();

export const prepareHistories = async (): Promise<void> => {
  const backend = right(await createNull()());
  for (const { schedule } of ALL) {
    const note = (event: RunEvent): void => {
      if (event.kind === 'run-started') starts.set(scheduleHash(schedule), event);
    };
    const folder = runIn(Folder.at('/home/run', memoryDisk(new Map([['/home', null]])).files));
    right(await run(schedule, dataset, { backend, folder, listeners: [note] })());
  }
};

/** Sweeps that a user starts before giving up, each after one that ended without all jobs done. */
const MOST_SWEEPS = 40;

/** What a sweep hears of a worker, and what the simulation does. */
interface Told {
  readonly notes: JobNotes;
  readonly leads: (process: Process, head: string | undefined) => void;
}

/** A dead process says nothing more. */
const whileAlive = (process: Process, { ahead, passed }: JobNotes): HeadNotes => ({
  ahead: (heads) => process.dead || ahead(heads),
  passed: (head, kept) => process.dead || passed(head, kept),
});

/** Virtual milliseconds that a sweep may take when nobody dies any more, beyond the work: looks at what other processes do. */
const PATIENCE = 20_000;

/** Carries out a history. Throws where a law does not hold. */
export const happen = async (history: History): Promise<void> => {
  const { jobs: count, workers, steps, durations, deaths, others, power, room } = history;
  const time = new VirtualTime();
  const world = new World(power ?? undefined);
  const jobs = ALL.slice(0, count).map((job, index) => ({ ...job, heads: history.heads[index] ?? [] }));
  const headsOf = new Map(jobs.map(({ schedule, heads }) => [scheduleHash(schedule), heads]));
  let [born, taken] = [0, 0];
  const duration = (): number => durations[taken++ % durations.length] ?? 0;
  const begin = (): Process => world.begin(deaths[born++] ?? undefined);
  /** Jobs whose process has said so. */
  const finished = new Set<string>();
  const broken: unknown[] = [];
  /** The living processes that do a job. */
  const doing = new Map<string, Process>();
  /** How often the training of each head was begun by workers. */
  const begunHeads = new Map<string, number>();
  const manifestOn = (files: FileSystem): ManifestPlace => manifestAt('/home/comparison/manifest.jsonl', files);

  /** `vcycle job`, in a process of its own. Undefined if it dies. @param told of a worker of a sweep. */
  const doJob = async (job: Job, process: Process, signal: AbortSignal, told?: Told): Promise<WorkerEnd | undefined> => {
    const states = statesIn({
      folder: manifestOn(process.files).folder.folder('states'),
      budget: room ? Number.POSITIVE_INFINITY : 0,
      facts: [],
      reuse: true,
      tell: () => undefined,
    });
    const runner = simulatedRunner({
      steps,
      step: async () => {
        await time.sleep(duration());
        // A dead process never comes to its next step.
        if (process.dead) await new Promise(() => undefined);
      },
      heads: (schedule) => headsOf.get(scheduleHash(schedule)) ?? [],
      leads: (head) => told?.leads(process, head),
      started: (schedule) => starts.get(scheduleHash(schedule)) ?? assert.fail('no such job'),
      begun: () => {
        assert.ok(!finished.has(job.id), `${job.arm} was done, and is done again`);
        assert.ok(doing.get(job.id)?.dead !== false, `${job.arm} is done by two processes at once`);
        doing.set(job.id, process);
      },
      finished: () => {
        finished.add(job.id);
      },
    });
    await time.sleep(duration());
    const folder = jobFolder(manifestOn(process.files), job);
    const ended = await carryOut(job, {
      backend: { name: job.backend } as never,
      dataset,
      folder,
      listeners: [],
      say: () => undefined,
      signal,
      runner,
      states: told === undefined ? states : telling(states, whileAlive(process, told.notes)),
    })();
    if (process.dead) return undefined;
    told?.leads(process, undefined);
    if (doing.get(job.id) === process) doing.delete(job.id);
    return E.isLeft(ended) ? { kind: 'failed', fault: ended.left } : { kind: 'done' };
  };

  /** A user's `vcycle compare`: whether all jobs are done. Undefined if it died. */
  const compare = (): Promise<boolean | undefined> =>
    new Promise((resolve, reject) => {
      const own = begin();
      const stop = new AbortController();
      own.whenDead(() => {
        stop.abort();
        resolve(undefined);
      });
      const trainers = new Map<string, Process>();
      const kept = new Set<string>();
      /** A run comes to the training of a head, or is past it. */
      const leads = (process: Process, head: string | undefined): void => {
        for (const [each, by] of trainers) if (by === process) trainers.delete(each);
        if (head === undefined) return;
        // A job that is resumed trains what it had begun to train, whatever others have kept meanwhile.
        assert.ok(!room || kept.has(head) || trainers.get(head)?.dead !== false, `${head} is trained by two workers at once`);
        trainers.set(head, process);
        begunHeads.set(head, (begunHeads.get(head) ?? 0) + 1);
      };
      const work = (job: Job, notes: JobNotes): Promise<WorkerEnd> =>
        new Promise((ended, failed) => {
          const worker = begin();
          worker.whenDead(() => ended({ kind: 'lost', message: 'its process was killed' }));
          const passed: JobNotes['passed'] = (head, isKept) => {
            if (isKept) kept.add(head);
            notes.passed(head, isKept);
          };
          doJob(job, worker, stop.signal, { notes: { ...notes, passed }, leads }).then((end) => end !== undefined && ended(end), failed);
        });
      const swept = sweep(jobs, {
        manifest: manifestOn(own.files),
        workers,
        listener: quiet,
        work,
        pause: (milliseconds) => time.sleep(milliseconds),
      })();
      swept
        .then((end) => {
          if (own.dead) return;
          if (E.isLeft(end))
            assert.match(end.left.message, /its process was killed, for the 3rd time|is (still )?being written by process/);
          resolve(E.isRight(end));
        })
        .catch((error) => (own.dead && !(error instanceof assert.AssertionError) ? undefined : reject(error)));
    });

  for (const { at, job: number } of others)
    time.at(at, () => {
      const job = jobs[number];
      if (job !== undefined && world.files.follow('/home/comparison/manifest.jsonl') !== undefined)
        doJob(job, begin(), new AbortController().signal).catch((error) => broken.push(error));
    });

  const user = async (): Promise<void> => {
    for (let sweeps = 0; sweeps < MOST_SWEEPS; sweeps++) if ((await compare()) === true) return;
    assert.fail(`${MOST_SWEEPS} sweeps did not do all jobs`);
  };
  const work = jobs.length * (steps + 2) * Math.max(...durations);
  await time.until(user(), (deaths.length + others.length + 3) * (work + PATIENCE));
  for (const error of broken) throw error;
  if (room && others.length === 0 && power === null && deaths.every((death) => death === null))
    for (const [head, times] of begunHeads) assert.equal(times, 1, `${head} was trained ${times} times`);
  for (const job of jobs) {
    assert.equal(right(stateOf(jobFolder(manifestOn(world.files), job), job)).kind, 'done', job.arm);
  }
};
