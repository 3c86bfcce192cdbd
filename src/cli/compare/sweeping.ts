/**
 * Runs as the jobs of a sweep: doing them with workers here or with a queue, and reading their results. Not here: which runs a command needs
 * (`comparing.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../../data/dataset.js';
import { type Fault, inputFault } from '../../fault.js';
import type { Folder } from '../../files/folder.js';
import { given } from '../../options.js';
import { type Trace, traceOf } from '../../report/comparison/run-trace.js';
import { figureOfRecord } from '../../report/run/figure.js';
import { readRun } from '../../report/run/read-run.js';
import type { RunRecord } from '../../report/run/run-record.js';
import { createSweepProgress } from '../../report/run/sweep-progress.js';
import { digestOf } from '../../runner/state/stage-data.js';
import type { Schedule } from '../../schedule/schedule.js';
import { verify } from '../../schedule/verify/verify.js';
import { jobOf } from '../../sweep/job.js';
import { jobFolder, type ManifestPlace } from '../../sweep/manifest.js';
import type { Standing } from '../../sweep/queue-standing.js';
import { type Queue, queuedSweep } from '../../sweep/queued-sweep.js';
import { type PlannedJob, type SweepListener, sweep } from '../../sweep/sweep.js';
import type { BackendChoice } from '../backends/registry.js';
import type { Staffing } from '../options/compare-options.js';
import { contentOf } from './job-choice.js';
import type { SharedStates } from './shared-states.js';
import { createWorkers, type Workers } from './workers.js';

/** What all runs of a sweep have in common. */
export interface Sweeping {
  readonly dataset: Dataset;
  readonly choice: BackendChoice;
  readonly staffing: Staffing;
  readonly manifest: ManifestPlace;
  /** The queue that does the jobs; absent if workers on this machine do them. */
  readonly queue?: Queue;
  /** The states that are kept for the other runs; absent if none are. */
  readonly states?: SharedStates;
  readonly keepStates?: number;
  readonly say: (message: string) => void;
  readonly signal: AbortSignal;
}

/** The jobs are in a queue, and the command does not wait for them. */
export interface StillQueued {
  readonly kind: 'queued';
  readonly standing: Standing;
}

/** A run to do. */
export interface Wanted {
  /** Whose run it is, over several seeds. */
  readonly arm: string;
  /** With its seed. */
  readonly schedule: Schedule;
  /** FLOPs of its matrix products, as planned. */
  readonly flops: number;
}

/** A schedule that is not valid must not enter the manifest. */
const plannedJob = ({ choice, dataset, states }: Sweeping, { arm, schedule: wanted, flops }: Wanted): E.Either<Fault, PlannedJob> => {
  const schedule = verify(wanted);
  if (E.isLeft(schedule)) return E.left({ ...schedule.left, message: `${arm}: ${schedule.left.message}` });
  const job = jobOf(arm, { schedule: schedule.right, ...contentOf(choice), ...digestOf(wanted, dataset) });
  return E.right({ ...job, flops, ...(states === undefined ? {} : { heads: states.heads(job.schedule) }) });
};

/** A sweep with its worker processes. */
export interface Staffed extends Sweeping {
  readonly workers: Workers;
}

/** Saved networks are compared, so each run must have a loss of the network that it saved. */
const withFigure = (folder: Folder, record: RunRecord): E.Either<Fault, RunRecord> => {
  const missing = figureOfRecord(record)?.missing;
  return missing === undefined ? E.right(record) : E.left(inputFault(`${folder.path}: ${missing}`));
};

const traceIn =
  (folder: Folder): TE.TaskEither<Fault, Trace> =>
  async () => {
    const record = await readRun(folder)();
    if (E.isLeft(record))
      return E.left({ ...record.left, message: `${record.left.message}; remove ${folder.path}, and its job is run again` });
    return E.map(traceOf)(withFigure(folder, record.right));
  };

/** Does the jobs with workers on this machine, or with a queue. */
const doAll = async (
  { manifest, staffing, workers, queue, say, signal }: Staffed,
  jobs: readonly PlannedJob[],
  title: string,
): Promise<E.Either<Fault | StillQueued, void>> => {
  if (queue === undefined) {
    const progress = createSweepProgress(process.stderr, title);
    const listener: SweepListener = {
      ...progress,
      begun: (all, pending) => {
        workers.prepare(pending, staffing.workers);
        progress.begun(all, pending);
      },
    };
    return sweep(jobs, { manifest, workers: staffing.workers, listener, work: workers.work, signal })();
  }
  const left = await queuedSweep(jobs, { manifest, queue, say, signal });
  if (E.isLeft(left)) return left;
  return left.right === undefined ? E.right(undefined) : E.left({ kind: 'queued', standing: left.right });
};

/** Does the remaining jobs and returns the trace of each run, in the given order. */
export const tracesOf = async (
  sweeping: Staffed,
  wanted: readonly Wanted[],
  title: string,
): Promise<E.Either<Fault | StillQueued, readonly Trace[]>> => {
  const { manifest } = sweeping;
  const jobs = E.traverseArray((one: Wanted) => plannedJob(sweeping, one))(wanted);
  if (E.isLeft(jobs)) return jobs;
  const swept = await doAll(sweeping, jobs.right, title);
  if (E.isLeft(swept)) return swept;
  return TE.traverseSeqArray((job: PlannedJob) => traceIn(jobFolder(manifest, job)))(jobs.right)();
};

/** Does work with workers, and ends them. */
export const staffed = async <A>(sweeping: Sweeping, use: (staffed: Staffed) => Promise<A>): Promise<A> => {
  const { manifest, signal, say, staffing, states, keepStates } = sweeping;
  const workers = createWorkers({
    manifest: manifest.path,
    signal,
    say,
    ...given({ threads: staffing.threads, states: states?.folder, keepStates }),
  });
  try {
    return await use({ ...sweeping, workers });
  } finally {
    workers.dispose();
  }
};
