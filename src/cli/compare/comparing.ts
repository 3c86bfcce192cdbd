/**
 * The runs of a comparison: which jobs it needs, and what their results are of. Not here: doing the jobs (`sweeping.ts`), who is compared
 * (`src/baselines`), what is concluded (`src/report/comparison`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { PlanOf } from '../../baselines/baselines.js';
import type { Contender, Field } from '../../baselines/contenders.js';
import { withRate, withSeed } from '../../baselines/tuning.js';
import { type Fault, runFault } from '../../fault.js';
import type { Comparison, Entrant } from '../../report/comparison/comparison.js';
import { finalLoss, type Trace } from '../../report/comparison/run-trace.js';
import { type Staffed, type StillQueued, type Sweeping, staffed, tracesOf, type Wanted } from './sweeping.js';

/** Everything that the runs of a comparison need. */
export interface Comparing extends Sweeping {
  readonly field: Field;
  readonly planOf: PlanOf;
  readonly seeds: readonly number[];
}

/** Candidate factors of the learning rate, and the seed with which one is chosen. */
export type Tuning = NonNullable<Comparison['tuned']>;

/** A run to do: of a contender, with a seed and a factor of its learning rate. */
interface Trial {
  readonly contender: Contender;
  readonly seed: number;
  readonly factor: number;
}

type StaffedComparing = Comparing & Staffed;

const wantedFor = ({ planOf }: Comparing, { contender, seed, factor }: Trial): E.Either<Fault, Wanted> => {
  const arm = factor === 1 ? contender.name : `${contender.name}, rate ×${factor}`;
  const plan = planOf(contender.schedule);
  if (E.isLeft(plan)) return plan;
  return E.right({ arm, schedule: withSeed(withRate(contender.schedule, factor), seed), flops: plan.right.total.matmul });
};

/** The trace of each run, in the given order. */
const tracesFor = async (
  comparing: StaffedComparing,
  trials: readonly Trial[],
  title: string,
): Promise<E.Either<Fault | StillQueued, readonly Trace[]>> => {
  const wanted = E.traverseArray((trial: Trial) => wantedFor(comparing, trial))(trials);
  return E.isLeft(wanted) ? wanted : tracesOf(comparing, wanted.right, title);
};

/** For each contender, the factor whose run with the tuning seed ended with the lowest validation loss. */
const chooseFactors = async (
  comparing: StaffedComparing,
  { factors, seed }: Tuning,
): Promise<E.Either<Fault | StillQueued, readonly number[]>> => {
  const { field } = comparing;
  const wanted = field.contenders.flatMap((contender) => factors.map((factor): Trial => ({ contender, seed, factor })));
  const traces = await tracesFor(comparing, wanted, 'learning rates');
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

const trainedBy = async (
  comparing: StaffedComparing,
  tuning: Tuning | undefined,
): Promise<E.Either<Fault | StillQueued, readonly Entrant[]>> => {
  const { field, seeds } = comparing;
  const chosen: E.Either<Fault | StillQueued, readonly number[]> =
    tuning === undefined ? E.right([]) : await chooseFactors(comparing, tuning);
  if (E.isLeft(chosen)) return chosen;
  const factorOf = (index: number): number => chosen.right[index] ?? 1;
  const wanted = field.contenders.flatMap((contender, index) => seeds.map((seed): Trial => ({ contender, seed, factor: factorOf(index) })));
  const traces = await tracesFor(comparing, wanted, 'runs');
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
  () =>
    staffed(comparing, ({ workers }) => trainedBy({ ...comparing, workers }, tuning));
