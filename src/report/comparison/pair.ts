/**
 * A pipeline held against another contender, seed by seed: the loss at equal FLOPs, and the FLOPs to the other's final loss. Pure. Not here:
 * sentences (`verdict.ts`).
 */
import { mean } from 'd3-array';
import { isExact, isReached, lastSteps, type Reached, reach } from './reach.js';
import { type Curve, endsAt, finalLoss, lossAt, type Trace } from './run-trace.js';
import { type Cost, type Estimate, pairedDifference, type Saving, saving } from './statistics.js';

/** By seed, in the order of the comparison's seeds. */
export interface BySeed<A> {
  readonly pipeline: readonly A[];
  readonly against: readonly A[];
}

/** What it takes to come to the loss with which the other run of the same seed ended. */
export interface Race {
  /** Mean over the seeds. */
  readonly target: number;
  /** Seeds in which the pipeline came to it: those in which it ended at or below it. */
  readonly reached: number;
  readonly seeds: number;
  /** Of the seeds that came to it, those in which the finest network was at the loss when first looked at: costs are known within bounds. */
  readonly atFirstLook: { readonly pipeline: number; readonly against: number };
  /** Each one's to that loss, the other's too; absent, as what follows, where the other has no loss or a window is not filled. */
  readonly flops?: BySeed<Cost>;
  /** Of FLOPs, and of seconds of training steps. */
  readonly saving?: Saving;
  readonly savingOfTime?: Saving;
}

export interface Pair {
  readonly pipeline: string;
  readonly against: string;
  /** What both have spent where their losses are compared: all that the cheaper one has. */
  readonly flops: number;
  /** Whether both have ended there: else one is caught with its learning rate still high. */
  readonly bothEnded: boolean;
  /** At these FLOPs; null in JSON for a run that diverged. */
  readonly losses: Readonly<Record<Curve, BySeed<number>>>;
  /** Pipeline minus the other, of these losses; undefined where a run diverged. */
  readonly difference: Readonly<Record<Curve, Estimate | undefined>>;
  readonly race: Readonly<Record<Curve, Race>>;
}

const flopsOf = (traces: readonly Trace[]): number => mean(traces, ({ flops }) => flops) ?? Number.NaN;

/** Whether a run's final loss is a mean over its whole window; an evaluation always is what it is. */
const fillsWindow = (trace: Trace, curve: Curve): boolean => curve === 'validation' || lastSteps(trace) >= trace.window;

const race = (pipeline: readonly Trace[], against: readonly Trace[], curve: Curve): Race => {
  const targets = against.map((trace) => finalLoss(trace, curve));
  const to = (traces: readonly Trace[]): readonly Reached[] =>
    traces.map((trace, index) => reach(trace, curve, targets[index] ?? Number.NaN));
  const [ours, theirs] = [to(pipeline), to(against)];
  const late = (runs: readonly Reached[]): number => runs.filter((run) => isReached(run) && !isExact(run)).length;
  const common = {
    target: mean(targets) ?? Number.NaN,
    reached: ours.filter(isReached).length,
    seeds: pipeline.length,
    atFirstLook: { pipeline: late(ours), against: late(theirs) },
  };
  if (!targets.every(Number.isFinite) || ![...pipeline, ...against].every((trace) => fillsWindow(trace, curve))) return common;
  const costs = (what: keyof Reached): BySeed<Cost> => ({
    pipeline: ours.map((run) => run[what]),
    against: theirs.map((run) => run[what]),
  });
  const [flops, seconds] = [costs('flops'), costs('seconds')];
  return {
    ...common,
    flops,
    saving: saving(flops.pipeline, flops.against),
    savingOfTime: saving(seconds.pipeline, seconds.against),
  };
};

/** @param pipeline its traces, and `against` the other's, by seed in the same order. */
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
