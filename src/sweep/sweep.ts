/**
 * A sweep: the pending jobs of a manifest, several at a time, the longest first so that no worker is idle at the end. Not here: what a
 * worker is (the caller provides them), what jobs compute.
 */
import { setTimeout } from 'node:timers/promises';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { match, P } from 'ts-pattern';
import { type Fault, runFault } from '../fault.js';
import { type Job, labelOf } from './job.js';
import { type JobState, stateOf } from './job-state.js';
import { addToManifest, jobFolder, type ManifestPlace } from './manifest.js';
import { type Beginning, type HeadNotes, SharedHeads } from './shared-heads.js';

/** How a worker ended. */
export type WorkerEnd =
  /** The job is done. */
  | { readonly kind: 'done' }
  /** The worker itself died (killed, out of memory); its job can continue with another worker. */
  | { readonly kind: 'lost'; readonly message: string }
  | { readonly kind: 'failed'; readonly fault: Fault };

export interface PlannedJob extends Job, Beginning {
  /** FLOPs of its matrix products, as planned. */
  readonly flops: number;
}

/** What a job tells while it runs. */
export interface JobNotes extends HeadNotes {
  /** Its completed share. */
  readonly progressed: (share: number) => void;
}

/** How a job ended. */
export type JobEnd =
  | WorkerEnd
  /** The sweep was stopped; the job can be resumed. */
  | { readonly kind: 'stopped' };

/** Notifications from a sweep. */
export interface SweepListener {
  /** First of all, for a job that was done but is not trusted, for the reason given, and is pending again. */
  again(job: PlannedJob, message: string): void;
  /** Once: the total number of jobs, and the pending ones. */
  begun(jobs: number, pending: readonly PlannedJob[]): void;
  /** The completed share of a job. */
  progressed(job: PlannedJob, share: number): void;
  /** Once per job: the sweep waits for it, for the reason given. */
  waits(job: PlannedJob, message: string): void;
  /** Not called for a job that lost its worker and continues with another one. */
  ended(job: PlannedJob, end: JobEnd): void;
  /** Once, as the last notification. */
  over(): void;
}

export interface SweepOptions {
  readonly manifest: ManifestPlace;
  readonly workers: number;
  readonly listener: SweepListener;
  /** Starts a worker on a job. */
  readonly work: (job: Job, notes: JobNotes) => Promise<WorkerEnd>;
  /** Aborted: no further job is started; whoever started the running workers asks them to stop. */
  readonly signal?: AbortSignal;
  /** Waits, by the clock; an abort ends the wait. */
  readonly pause?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

const realPause = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);

/** After this many lost workers, the job itself is considered faulty. */
const MOST_WORKERS_LOST = 3;

/** Milliseconds between two checks of jobs that another process is doing. */
const LOOK = 1000;

const stateIn = (manifest: ManifestPlace, job: Job): E.Either<Fault, JobState> => stateOf(jobFolder(manifest, job), job);

interface Pending {
  readonly job: PlannedJob;
  readonly state: JobState;
}

const pendingOf = (manifest: ManifestPlace, jobs: readonly PlannedJob[]): E.Either<Fault, readonly Pending[]> => {
  const all = E.traverseArray((job: PlannedJob) => E.map((state: JobState): Pending => ({ job, state }))(stateIn(manifest, job)))(jobs);
  return E.map((found: readonly Pending[]) => found.filter(({ state }) => state.kind !== 'done'))(all);
};

/** The outcome of a pending job: it is done, another process is doing it, or it failed. */
type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'elsewhere'; readonly message: string }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** The outcome according to the job's folder; undefined if the job is pending. */
const look = (job: PlannedJob, manifest: ManifestPlace): Outcome | undefined => {
  const state = stateIn(manifest, job);
  if (E.isLeft(state)) return { kind: 'failed', fault: state.left };
  return match(state.right)
    .returnType<Outcome | undefined>()
    .with({ kind: 'done' }, () => ({ kind: 'done' }))
    .with({ kind: 'being-written' }, ({ message }) => ({ kind: 'elsewhere', message }))
    .with({ kind: P.union('absent', 'begun-badly', 'damaged', 'unfinished') }, () => undefined)
    .exhaustive();
};

/** A worker's failure counts unless another process has taken or finished the job since it was last checked. */
const failedOrElsewhere = (job: PlannedJob, fault: Fault, manifest: ManifestPlace): Outcome => {
  const seen = look(job, manifest);
  return seen === undefined || seen.kind === 'failed' ? { kind: 'failed', fault } : seen;
};

interface Begun {
  readonly job: PlannedJob;
  readonly heads: HeadNotes;
}

/** Passes a job to one worker after another until one completes it. */
const withWorkers = async ({ job, heads }: Begun, { work, listener, manifest, signal }: SweepOptions): Promise<Outcome> => {
  const notes: JobNotes = { ...heads, progressed: (share) => listener.progressed(job, share) };
  for (let lost = 1; ; lost++) {
    const end = await work(job, notes);
    if (end.kind === 'done') return end;
    if (end.kind === 'failed') return failedOrElsewhere(job, end.fault, manifest);
    if (lost === MOST_WORKERS_LOST || signal?.aborted === true)
      return {
        kind: 'failed',
        fault: runFault(`job ${job.id} (${labelOf(job)}): ${end.message}, for the ${lost}${['st', 'nd', 'rd'][lost - 1] ?? 'th'} time`),
      };
    listener.ended(job, end);
  }
};

/**
 * Each worker takes the next job until there are none: the longest that begins with nothing that is being trained. A failed job does not prevent the
 * others, and a job that another process is doing is left for the end: it is done when that process finishes it, and resumed if that process dies.
 */
const drain = async (pending: readonly PlannedJob[], options: SweepOptions): Promise<readonly Fault[]> => {
  const { listener, signal, pause = realPause } = options;
  const queue = [...pending].sort((a, b) => b.flops - a.flops);
  const elsewhere: PlannedJob[] = [];
  const said = new Set<PlannedJob>();
  const heads = new SharedHeads();
  const faults: Fault[] = [];
  const leave = (job: PlannedJob, message: string): void => {
    elsewhere.push(job);
    if (!said.has(job)) listener.waits(job, message);
    said.add(job);
  };
  /** A job that now counts as begun, so that no other worker takes one that must wait for it. */
  const next = async (): Promise<Begun | undefined> => {
    for (;;) {
      if (queue.length === 0 && elsewhere.length > 0) {
        // An abort ends the wait, and with it the sweep.
        await pause(LOOK, signal);
        queue.push(...elsewhere.splice(0));
      }
      if (signal?.aborted === true || queue.length === 0) return undefined;
      const job = queue.find((job) => heads.mayBegin(job));
      if (job !== undefined) {
        queue.splice(queue.indexOf(job), 1);
        return { job, heads: heads.begins(job) };
      }
      // A job is running, since heads that are trained are those of one; it tells, or ends.
      await heads.change();
    }
  };
  const worker = async (): Promise<void> => {
    for (let begun = await next(); begun !== undefined; begun = await next()) {
      const { job } = begun;
      const outcome = look(job, options.manifest) ?? (await withWorkers(begun, options));
      heads.ended(job);
      if (outcome.kind !== 'done' && signal?.aborted === true) listener.ended(job, { kind: 'stopped' });
      else if (outcome.kind === 'elsewhere') leave(job, outcome.message);
      else listener.ended(job, outcome);
      if (outcome.kind === 'failed') faults.push(outcome.fault);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, queue.length) }, worker));
  return faults;
};

/**
 * Adds the jobs to the manifest, and does those that no earlier sweep has done.
 *
 * Right: all of them are done. Left: one failed, or the sweep was stopped; another call continues where it stopped.
 */
export const sweep =
  (jobs: readonly PlannedJob[], options: SweepOptions): TaskEither<Fault, void> =>
  async () => {
    const { manifest, listener, signal } = options;
    const unique = [...new Map(jobs.map((job) => [job.id, job])).values()];
    const written = addToManifest(manifest, unique);
    if (E.isLeft(written)) return written;
    const pending = pendingOf(manifest, unique);
    if (E.isLeft(pending)) return pending;
    const todo = pending.right.map(({ job }) => job);
    for (const { job, state } of pending.right) if (state.kind === 'damaged') listener.again(job, state.message);
    listener.begun(unique.length, todo);
    const faults = await drain(todo, options);
    listener.over();
    const [first] = faults;
    if (signal?.aborted === true) return E.left(runFault('stopped; the same command continues where it was'));
    if (first === undefined) return E.right(undefined);
    const rest = faults.length === 1 ? '' : ` (and ${faults.length - 1} more jobs failed)`;
    return E.left({ ...first, message: `${first.message}${rest}` });
  };
