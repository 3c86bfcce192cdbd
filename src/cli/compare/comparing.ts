/**
 * The runs of a comparison: which jobs it needs, doing them, and reading their results. Not here: who is compared (`src/baselines`), what is concluded
 * (`src/report/comparison`).
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { PlanOf } from '../../baselines/baselines.js';
import type { Contender, Field } from '../../baselines/contenders.js';
import { withRate, withSeed } from '../../baselines/tuning.js';
import type { Dataset } from '../../data/dataset.js';
import { type Fault, inputFault, runFault } from '../../fault.js';
import type { Folder } from '../../files/folder.js';
import { given } from '../../options.js';
import type { Comparison, Entrant } from '../../report/comparison/comparison.js';
import { finalLoss, type Trace, traceOf } from '../../report/comparison/run-trace.js';
import { figureOfRecord } from '../../report/run/figure.js';
import { readRun } from '../../report/run/read-run.js';
import type { RunRecord } from '../../report/run/run-record.js';
import { createSweepProgress } from '../../report/run/sweep-progress.js';
import { digestOf } from '../../runner/state/stage-data.js';
import { verify } from '../../schedule/verify/verify.js';
import { walk } from '../../schedule/walk/walk.js';
import { type Job, jobOf } from '../../sweep/job.js';
import { jobFolder, type ManifestPlace } from '../../sweep/manifest.js';
import type { Standing } from '../../sweep/queue-standing.js';
import { type Queue, queuedSweep } from '../../sweep/queued-sweep.js';
import { type PlannedJob, sweep } from '../../sweep/sweep.js';
import type { BackendChoice } from '../backends/registry.js';
import type { Staffing } from '../options/compare-options.js';
import { contentOf } from './job-choice.js';
import { createWorkers, type Workers } from './workers.js';

/** Everything that the runs of a comparison need. */
export interface Comparing {
  readonly field: Field;
  readonly planOf: PlanOf;
  readonly dataset: Dataset;
  readonly choice: BackendChoice;
  readonly seeds: readonly number[];
  readonly staffing: Staffing;
  readonly manifest: ManifestPlace;
  /** The queue that does the jobs; absent if workers on this machine do them. */
  readonly queue?: Queue;
  /** Where states after stages are kept for the other runs; absent if they are not. */
  readonly states?: string;
  readonly keepStates?: number;
  readonly say: (message: string) => void;
  readonly signal: AbortSignal;
}

/** The jobs are in a queue, and the command does not wait for them. */
export interface StillQueued {
  readonly kind: 'queued';
  readonly standing: Standing;
}

/** Candidate factors of the learning rate, and the seed with which one is chosen. */
export type Tuning = NonNullable<Comparison['tuned']>;

/** A run to do: of a contender, with a seed and a factor of its learning rate. */
interface Wanted {
  readonly contender: Contender;
  readonly seed: number;
  readonly factor: number;
}

/** What jobs have in common that begin with the same training: one of them trains it, and the others reuse that. */
const headOf = ({ schedule }: Job): string => {
  const visits = walk(schedule);
  const first = visits.findIndex(({ stage }) => stage.kind === 'train');
  return JSON.stringify([schedule.setup, visits.slice(0, first + 1).map(({ op }) => op)]);
};

const plannedJob = (comparing: Comparing, { contender, seed, factor }: Wanted): E.Either<Fault, PlannedJob> => {
  const { choice, dataset, planOf } = comparing;
  const arm = factor === 1 ? contender.name : `${contender.name}, rate ×${factor}`;
  // A factor may make the learning rate invalid; such a schedule must not enter the manifest.
  const schedule = verify(withSeed(withRate(contender.schedule, factor), seed));
  if (E.isLeft(schedule)) return E.left({ ...schedule.left, message: `${arm}: ${schedule.left.message}` });
  const plan = planOf(contender.schedule);
  if (E.isLeft(plan)) return plan;
  const job = jobOf(arm, { schedule: schedule.right, ...contentOf(choice), ...digestOf(contender.schedule, dataset) });
  return E.right({ ...job, flops: plan.right.total.matmul, head: headOf(job) });
};

/** A comparison with its worker processes. */
interface Staffed extends Comparing {
  readonly workers: Workers;
}

/** A comparison compares saved networks, so each run must have a loss of the network that it saved. */
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
    const listener = createSweepProgress(process.stderr, title);
    return sweep(jobs, { manifest, workers: staffing.workers, listener, work: workers.work, signal })();
  }
  const left = await queuedSweep(jobs, { manifest, queue, say, signal });
  if (E.isLeft(left)) return left;
  return left.right === undefined ? E.right(undefined) : E.left({ kind: 'queued', standing: left.right });
};

/** Does the remaining jobs and returns the trace of each run, in the given order. */
const tracesOf = async (
  comparing: Staffed,
  wanted: readonly Wanted[],
  title: string,
): Promise<E.Either<Fault | StillQueued, readonly Trace[]>> => {
  const { manifest } = comparing;
  const jobs = E.traverseArray((one: Wanted) => plannedJob(comparing, one))(wanted);
  if (E.isLeft(jobs)) return jobs;
  const swept = await doAll(comparing, jobs.right, title);
  if (E.isLeft(swept)) return swept;
  return TE.traverseSeqArray((job: PlannedJob) => traceIn(jobFolder(manifest, job)))(jobs.right)();
};

/** For each contender, the factor whose run with the tuning seed ended with the lowest validation loss. */
const chooseFactors = async (comparing: Staffed, { factors, seed }: Tuning): Promise<E.Either<Fault | StillQueued, readonly number[]>> => {
  const { field } = comparing;
  const wanted = field.contenders.flatMap((contender) => factors.map((factor): Wanted => ({ contender, seed, factor })));
  const traces = await tracesOf(comparing, wanted, 'learning rates');
  if (E.isLeft(traces)) return traces;
  return E.traverseArray((contender: Contender): E.Either<Fault, number> => {
    const tried = wanted.flatMap((one, index) => {
      const trace = traces.right[index];
      return one.contender === contender && trace !== undefined ? [{ factor: one.factor, loss: finalLoss(trace, 'validation') }] : [];
    });
    const best = tried.reduce((low, one) => (one.loss < low.loss ? one : low), { factor: Number.NaN, loss: Number.POSITIVE_INFINITY });
    return Number.isFinite(best.loss)
      ? E.right(best.factor)
      : E.left(runFault(`${contender.name} diverged with every learning rate that --tune tries; add lower factors`));
  })(field.contenders);
};

const trainedBy = async (comparing: Staffed, tuning: Tuning | undefined): Promise<E.Either<Fault | StillQueued, readonly Entrant[]>> => {
  const { field, seeds } = comparing;
  const chosen: E.Either<Fault | StillQueued, readonly number[]> =
    tuning === undefined ? E.right([]) : await chooseFactors(comparing, tuning);
  if (E.isLeft(chosen)) return chosen;
  const factorOf = (index: number): number => chosen.right[index] ?? 1;
  const wanted = field.contenders.flatMap((contender, index) =>
    seeds.map((seed): Wanted => ({ contender, seed, factor: factorOf(index) })),
  );
  const traces = await tracesOf(comparing, wanted, 'runs');
  if (E.isLeft(traces)) return traces;
  return E.right(
    field.contenders.map(({ name, role, schedule }, index): Entrant => {
      const factor = chosen.right[index];
      return {
        name,
        role,
        schedule: withRate(schedule, factorOf(index)),
        ...(factor === undefined ? {} : { rateFactor: factor }),
        traces: traces.right.slice(index * seeds.length, (index + 1) * seeds.length),
      };
    }),
  );
};

/** Every contender with its learning rate and the traces of all seeds. */
export const entrantsOf =
  (comparing: Comparing, tuning: Tuning | undefined): TE.TaskEither<Fault | StillQueued, readonly Entrant[]> =>
  async () => {
    const { manifest, signal, say, staffing, states, keepStates } = comparing;
    const workers = createWorkers({ manifest: manifest.path, signal, say, ...given({ threads: staffing.threads, states, keepStates }) });
    try {
      return await trainedBy({ ...comparing, workers }, tuning);
    } finally {
      workers.dispose();
    }
  };
