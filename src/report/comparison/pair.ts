/**
 * A pipeline held against another contender, seed by seed: the loss at equal FLOPs, and the FLOPs to the other's final loss. Pure. Not here:
 * sentences (`verdict.ts`).
 */
import { mean } from 'd3-array';
import { type Estimate, pairedDifference, saving } from './statistics.js';
import { type Curve, endsAt, finalLoss, lossAt, type Reached, reach, type Trace } from './trace.js';

/** The FLOPs to the loss with which the other run of the same seed ended. */
export interface Race {
  /** Mean over the seeds. */
  readonly target: number;
  /** Seeds in which the pipeline came to it. */
  readonly reached: number;
  readonly seeds: number;
  /** Means over the seeds; the other's until it first was at its own final loss. Absent, as what follows, unless all seeds came to it. */
  readonly flops?: { readonly pipeline: number; readonly against: number };
  /**
   * Of the seeds that came to it, those in which the pipeline, or the other, was at the loss when its finest network was first looked at. The pipeline may have come to it with
   * less, so that it saves at least what is said; the other too, and then nothing can be said.
   */
  readonly atFirstLook: { readonly pipeline: number; readonly against: number };
  /** Of FLOPs, and of seconds of training steps. */
  readonly saving?: Estimate;
  readonly savingOfTime?: Estimate;
}

export interface Pair {
  readonly pipeline: string;
  readonly against: string;
  /** What both have spent where their losses are compared: all that the cheaper one has. */
  readonly flops: number;
  /** Whether both have ended there: else one is caught with its learning rate still high. */
  readonly bothEnded: boolean;
  /** Pipeline minus the other, of the loss at these FLOPs; undefined where a run diverged. */
  readonly difference: Readonly<Record<Curve, Estimate | undefined>>;
  readonly race: Readonly<Record<Curve, Race>>;
}

const flopsOf = (traces: readonly Trace[]): number => mean(traces, ({ flops }) => flops) ?? Number.NaN;

const race = (pipeline: readonly Trace[], against: readonly Trace[], curve: Curve): Race => {
  const targets = against.map((trace) => finalLoss(trace, curve));
  const runs = pipeline.flatMap((trace, index): readonly { readonly ours: Reached; readonly theirs: Reached }[] => {
    const [other, target] = [against[index], targets[index]];
    if (other === undefined || target === undefined || !Number.isFinite(target)) return [];
    const [ours, theirs] = [reach(trace, curve, target), reach(other, curve, target)];
    return ours === undefined || theirs === undefined ? [] : [{ ours, theirs }];
  });
  const atFirstLook = (whose: 'ours' | 'theirs'): number => runs.filter((run) => run[whose].atFirstLook === true).length;
  const common = {
    target: mean(targets) ?? Number.NaN,
    reached: runs.length,
    seeds: pipeline.length,
    atFirstLook: { pipeline: atFirstLook('ours'), against: atFirstLook('theirs') },
  };
  if (runs.length < pipeline.length) return common;
  const of = (whose: 'ours' | 'theirs', what: 'flops' | 'seconds'): readonly number[] => runs.map((run) => run[whose][what]);
  return {
    ...common,
    flops: { pipeline: mean(of('ours', 'flops')) ?? Number.NaN, against: mean(of('theirs', 'flops')) ?? Number.NaN },
    saving: saving(of('ours', 'flops'), of('theirs', 'flops')),
    savingOfTime: saving(of('ours', 'seconds'), of('theirs', 'seconds')),
  };
};

/** @param pipeline its traces, and `against` the other's, by seed in the same order. */
export const pairOf = (names: Pick<Pair, 'pipeline' | 'against'>, pipeline: readonly Trace[], against: readonly Trace[]): Pair => {
  const [ours, theirs] = [flopsOf(pipeline), flopsOf(against)];
  const flops = Math.min(ours, theirs);
  const difference = (curve: Curve): Estimate | undefined => {
    const [a, b] = [pipeline, against].map((traces) => traces.map((trace) => lossAt(trace, curve, flops)));
    const finite = [...(a ?? []), ...(b ?? [])].every(Number.isFinite);
    return finite ? pairedDifference(a ?? [], b ?? []) : undefined;
  };
  return {
    ...names,
    flops,
    bothEnded: [...pipeline, ...against].every((trace) => endsAt(trace, flops)),
    difference: { training: difference('training'), validation: difference('validation') },
    race: { training: race(pipeline, against, 'training'), validation: race(pipeline, against, 'validation') },
  };
};
