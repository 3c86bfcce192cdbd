/**
 * A sweep: the jobs of a manifest that are still to do, several at a time, the longest first so that no worker idles at the end. Not
 * here: what a worker is (the caller starts one for each job), what jobs compute.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type Fault, runFault } from '../fault.js';
import { type Job, labelOf } from './job.js';
import { stateOf } from './job-state.js';
import { addToManifest, jobFolder } from './manifest.js';

/** How a worker ended. */
export type WorkerEnd =
  /** The job is done. */
  | { readonly kind: 'done' }
  /** The worker itself was ended (killed, out of memory); its job can go on with another one. */
  | { readonly kind: 'lost'; readonly message: string }
  | { readonly kind: 'failed'; readonly fault: Fault };

export interface PlannedJob extends Job {
  /** FLOPs of its matrix products, as planned. */
  readonly flops: number;
}

/** What is told while a sweep goes on. */
export interface SweepListener {
  /** Once: how many jobs there are, and what is to do. */
  begun(jobs: number, pending: readonly PlannedJob[]): void;
  /** The share of a job that is done. */
  progressed(job: PlannedJob, share: number): void;
  ended(job: PlannedJob, end: WorkerEnd): void;
}

export interface SweepOptions {
  readonly manifest: string;
  readonly workers: number;
  readonly listener: SweepListener;
  /** Starts a worker on a job. */
  readonly work: (job: Job, progressed: (share: number) => void) => Promise<WorkerEnd>;
  /** Aborted: no further job is begun; the workers at work are asked to stop by whoever started them. */
  readonly signal?: AbortSignal;
}

/** A job that ends so many workers is at fault itself. */
const MOST_WORKERS_LOST = 3;

const pendingOf = (manifest: string, jobs: readonly PlannedJob[]): E.Either<Fault, readonly PlannedJob[]> =>
  pipe(
    jobs,
    E.traverseArray((job: PlannedJob) => E.map((state) => ({ job, state }))(stateOf(jobFolder(manifest, job), job))),
    E.map((found) => found.filter(({ state }) => state !== 'done').map(({ job }) => job)),
  );

/** Hands a job to workers until one does it. */
const withWorkers = async (job: PlannedJob, { work, listener, signal }: SweepOptions): Promise<Fault | undefined> => {
  for (let lost = 1; ; lost++) {
    const end = await work(job, (share) => listener.progressed(job, share));
    listener.ended(job, end);
    if (end.kind === 'done') return undefined;
    if (end.kind === 'failed') return end.fault;
    if (lost === MOST_WORKERS_LOST || signal?.aborted === true)
      return runFault(`job ${job.id} (${labelOf(job)}): ${end.message}, for the ${lost}${['st', 'nd', 'rd'][lost - 1] ?? 'th'} time`);
  }
};

/** Each worker takes the next job until there is none. A job that fails does not keep the others from being done. */
const drain = async (pending: readonly PlannedJob[], options: SweepOptions): Promise<readonly Fault[]> => {
  const queue = [...pending].sort((a, b) => b.flops - a.flops);
  const faults: Fault[] = [];
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined && options.signal?.aborted !== true; job = queue.shift()) {
      const fault = await withWorkers(job, options);
      if (fault !== undefined) faults.push(fault);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, queue.length) }, worker));
  return faults;
};

/**
 * Writes the jobs into the manifest, and does those that no earlier sweep has done.
 *
 * Right: all of them are done. Left: one failed, or the sweep was stopped; whoever calls again goes on where it was.
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
    listener.begun(unique.length, pending.right);
    const faults = await drain(pending.right, options);
    const [first] = faults;
    if (signal?.aborted === true) return E.left(runFault('stopped; the same command goes on where it was'));
    if (first === undefined) return E.right(undefined);
    const rest = faults.length === 1 ? '' : ` (and ${faults.length - 1} more jobs failed)`;
    return E.left({ ...first, message: `${first.message}${rest}` });
  };
