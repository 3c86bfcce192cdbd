/**
 * A pipeline compared with another contender, seed by seed: the loss at equal FLOPs, and the FLOPs to reach the other's final loss. Pure functions. Not
 * here: sentences (`verdict.ts`).
 */
import { mean } from 'd3-array';
import { isExact, isReached, lastSteps, type Reached, reach } from './reach.js';
import { type Curve, endsAt, finalLoss, lossAt, type Trace } from './run-trace.js';
import { type Cost, type Estimate, pairedDifference, type Saving, saving } from './statistics.js';

/** Values by seed, in the order of the comparison's seeds. */
export interface BySeed<A> {
  readonly pipeline: readonly A[];
  readonly against: readonly A[];
}

/** The cost of reaching the final loss of the other run with the same seed. */
export interface Race {
  /** The loss to reach, as the mean over the seeds. */
  readonly target: number;
  /** Number of seeds for which the pipeline reached it: those for which it ended at or below it. */
  readonly reached: number;
  readonly seeds: number;
  /** Of the seeds that reached it, how many had already done so when the finest network's loss was first measured; their costs are known only as bounds. */
  readonly atFirstLook: { readonly pipeline: number; readonly against: number };
  /** The FLOPs of each of the two to that loss; absent, like the saving of them, if the other has no loss or a window is not full. */
  readonly flops?: BySeed<Cost>;
  readonly saving?: Saving;
}

export interface Pair {
  readonly pipeline: string;
  readonly against: string;
  /** The FLOPs at which losses are compared: the total of the cheaper one. */
  readonly flops: number;
  /** Whether both have ended there; otherwise one is measured while its learning rate is still high. */
  readonly bothEnded: boolean;
  /** The losses at these FLOPs; null in JSON for a run that diverged. */
  readonly losses: Readonly<Record<Curve, BySeed<number>>>;
  /** The pipeline's loss minus the other's; undefined if a run diverged. */
  readonly difference: Readonly<Record<Curve, Estimate | undefined>>;
  readonly race: Readonly<Record<Curve, Race>>;
}

const flopsOf = (traces: readonly Trace[]): number => mean(traces, ({ flops }) => flops) ?? Number.NaN;

/** Whether a run's final loss is a mean over a full window; an evaluation needs no window. */
const fillsWindow = (trace: Trace, curve: Curve): boolean => curve === 'validation' || lastSteps(trace) >= trace.window;

/** The losses with which the other's runs ended, and what each run took to that of its seed. */
interface Costs extends BySeed<Reached> {
  readonly targets: readonly number[];
  /** Whether there is such a loss to reach for every seed. */
  readonly comparable: boolean;
}

const costsTo = (pipeline: readonly Trace[], against: readonly Trace[], curve: Curve): Costs => {
  const targets = against.map((trace) => finalLoss(trace, curve));
  const to = (traces: readonly Trace[]): readonly Reached[] =>
    traces.map((trace, index) => reach(trace, curve, targets[index] ?? Number.NaN));
  const comparable = targets.every(Number.isFinite) && [...pipeline, ...against].every((trace) => fillsWindow(trace, curve));
  return { targets, comparable, pipeline: to(pipeline), against: to(against) };
};

const race = (pipeline: readonly Trace[], against: readonly Trace[], curve: Curve): Race => {
  const { targets, comparable, pipeline: ours, against: theirs } = costsTo(pipeline, against, curve);
  const late = (runs: readonly Reached[]): number => runs.filter((run) => isReached(run) && !isExact(run)).length;
  const common = {
    target: mean(targets) ?? Number.NaN,
    reached: ours.filter(isReached).length,
    seeds: pipeline.length,
    atFirstLook: { pipeline: late(ours), against: late(theirs) },
  };
  if (!comparable) return common;
  const flops = { pipeline: ours.map((run) => run.flops), against: theirs.map((run) => run.flops) };
  return { ...common, flops, saving: saving(flops.pipeline, flops.against) };
};

/** The saving of seconds of training steps in the same race; undefined where there is none. */
export const timeSaved = (pipeline: readonly Trace[], against: readonly Trace[], curve: Curve): Saving | undefined => {
  const costs = costsTo(pipeline, against, curve);
  if (!costs.comparable) return undefined;
  return saving(
    costs.pipeline.map(({ seconds }) => seconds),
    costs.against.map(({ seconds }) => seconds),
  );
};

/** @param pipeline the pipeline's traces; `against` has the other's, with seeds in the same order. */
export const pairOf = (names: Pick<Pair, 'pipeline' | 'against'>, pipeline: readonly Trace[], against: readonly Trace[]): Pair => {
  const [ours, theirs] = [flopsOf(pipeline), flopsOf(against)];
  const flops = Math.min(ours, theirs);
  const losses = (curve: Curve): BySeed<number> => ({
    pipeline: pipeline.map((trace) => lossAt(trace, curve, flops)),
    against: against.map((trace) => lossAt(trace, curve, flops)),
  });
  const difference = ({ pipeline: a, against: b }: BySeed<number>): Estimate | undefined =>
    [...a, ...b].every(Number.isFinite) ? pairedDifference(a, b) : undefined;
  const [training, validation] = [losses('training'), losses('validation')];
  return {
    ...names,
    flops,
    bothEnded: [...pipeline, ...against].every((trace) => endsAt(trace, flops)),
    losses: { training, validation },
    difference: { training: difference(training), validation: difference(validation) },
    race: { training: race(pipeline, against, 'training'), validation: race(pipeline, against, 'validation') },
  };
};
