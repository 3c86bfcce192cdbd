/**
 * The trace of a run: its losses over FLOPs and seconds, with training losses smoothed, as a comparison uses them. Pure functions. Not here: the cost of
 * reaching a loss (`reach.ts`), conclusions (`pair.ts`), pictures.
 */
import type { Reused, StagePlace } from '../../runner/events/events.js';
import { walk } from '../../schedule/walk/walk.js';
import { trainedAtEnd } from '../../schedule/walk/when-evaluated.js';
import type { RunRecord } from '../run/run-record.js';

/** A point in a run, as what has been spent so far. */
export interface Spent {
  /** FLOPs of training and transfers so far. */
  readonly flops: number;
  /** Seconds of training steps so far. */
  readonly seconds: number;
}

/** Consecutive stages of one network, with no transfer to another network and no beginning or end of a branch's arm between them. */
export interface Stretch {
  /** What had been spent when it began. */
  readonly begun: Spent;
  /** Whether it belongs to the network with which the run ends, outside of arms: the run does not deliver losses of other networks. */
  readonly finest: boolean;
}

/** A loss and the point of the run where it was measured. */
export interface Seen extends Spent {
  readonly stage: number;
  readonly stretch: Stretch;
  readonly step: number;
  readonly loss: number;
}

export interface Trace {
  readonly seed: number;
  /** The number of training steps over which a training loss is averaged. */
  readonly window: number;
  /** Smoothed training losses: the mean over the window within a stretch; at a stretch's beginning over fewer steps, and not `full`. */
  readonly training: readonly (Seen & { readonly full: boolean })[];
  readonly validation: readonly Seen[];
  readonly stages: readonly StagePlace[];
  /** The stretch with which the run ends. */
  readonly end: Stretch;
  /** Whether that network was trained in its final form: after a last transfer it has no training loss. */
  readonly trained: boolean;
  /** FLOPs of training and transfers, those that spikes threw away included. */
  readonly flops: number;
  /** Seconds of the entire run, including evaluations. */
  readonly seconds: number;
  readonly diverged: boolean;
  /** FLOPs of training that spikes threw away; absent where there were none. */
  readonly thrown?: number;
  /** The FLOPs of the stages that were not trained again, and the folder of the run that trained them. */
  readonly reused?: Pick<Reused, 'run' | 'flops'>;
}

const sameNetwork = (a: StagePlace, b: StagePlace | undefined): boolean =>
  b !== undefined && a.level === b.level && a.layers === b.layers && a.loops === b.loops && a.width === b.width;

/** A merge belongs to the place of its branch, not to an arm. */
const inAnArm = ({ kind, branches }: StagePlace): boolean => (kind === 'merge' ? branches > 1 : branches > 0);

/** The number of the stretch to which each stage's losses belong. */
const stretchNumbers = (places: readonly StagePlace[]): readonly number[] => {
  let number = 0;
  return places.map((place, index) => {
    if (place.kind === 'arm' || place.kind === 'merge' || !sameNetwork(place, places[index - 1])) number += 1;
    return number;
  });
};

/** The share of a run's steps over which a training loss is averaged: enough for its noise to be small compared with the fall of the loss. */
export const WINDOW_SHARE = 0.05;

export const traceOf = ({ started, steps, evaluations, spikes, stages, ended }: RunRecord): Trace => {
  const places = started.stages;
  const last = places.at(-1);
  const window = Math.max(1, Math.ceil(WINDOW_SHARE * steps.length));
  const numbers = stretchNumbers(places);
  const stretches = new Map<number, Stretch>();
  /** @param now what has been spent so far, in case the stretch begins now. */
  const stretchOf = (stage: number, now: Spent): Stretch => {
    const number = numbers[stage] ?? 0;
    const place = places[stage];
    const finest = place !== undefined && sameNetwork(place, last) && !inAnArm(place);
    const stretch = stretches.get(number) ?? { begun: now, finest };
    stretches.set(number, stretch);
    return stretch;
  };
  let spent: Spent = { flops: 0, seconds: 0 };
  let here: Stretch | undefined;
  let sum = 0;
  let first = 0;
  const secondsAt = new Map<number, number>();
  const training = steps.map((event, index) => {
    const { stage, step, flops, loss } = event;
    const stretch = stretchOf(stage, spent);
    if (stretch !== here) {
      here = stretch;
      first = index;
      sum = 0;
    }
    spent = { flops, seconds: spent.seconds + event.seconds };
    secondsAt.set(step, spent.seconds);
    sum += loss;
    if (index - first === window) {
      sum -= steps[first]?.loss ?? 0;
      first += 1;
    }
    const count = index - first + 1;
    return { stage, stretch, step, ...spent, loss: sum / count, full: count === window };
  });
  const evaluated = ({ stage, step, trainingFlops, loss }: RunRecord['evaluations'][number]): Seen => {
    const at: Spent = { flops: trainingFlops, seconds: secondsAt.get(step) ?? 0 };
    return { stage, stretch: stretchOf(stage, at), step, ...at, loss };
  };
  return {
    seed: started.schedule.setup.seed,
    window,
    training,
    validation: evaluations.map(evaluated),
    stages: places,
    end: stretchOf(places.length - 1, spent),
    trained: trainedAtEnd(walk(started.schedule)),
    flops: stages.reduce((total, { counted, thrown }) => total + counted.matmul + (thrown?.flops.matmul ?? 0), 0),
    seconds: ended?.seconds ?? stages.reduce((total, stage) => total + stage.seconds, 0),
    diverged: ended?.outcome.kind === 'diverged',
    ...(spikes.length === 0 ? {} : { thrown: spikes.reduce((sum, { thrown }) => sum + thrown.flops.matmul, 0) }),
    ...(started.reused === undefined ? {} : { reused: { run: started.reused.run, flops: started.reused.flops } }),
  };
};

export type Curve = 'training' | 'validation';

/** The loss of the network with which the run ends; Infinity for one that diverged, NaN for the training of one that never trained. */
export const finalLoss = (trace: Trace, curve: Curve): number => {
  if (trace.diverged) return Number.POSITIVE_INFINITY;
  return curve === 'training' && !trace.trained ? Number.NaN : (trace[curve].at(-1)?.loss ?? Number.NaN);
};

/** Runs whose FLOPs differ by a smaller share count as equal in FLOPs. */
const EQUAL_FLOPS = 0.01;

/** Whether a run has no more than this many FLOPs, to within one per cent or one step, because the number of steps is an integer. */
export const endsAt = ({ flops: all, training }: Trace, flops: number): boolean =>
  all <= flops * (1 + EQUAL_FLOPS) || (training.at(-2)?.flops ?? 0) < flops;

export const between = (from: number, to: number, share: number): number => from + (to - from) * share;

/**
 * The loss after this many FLOPs: that of the run's end if it ends there; otherwise that of the last step, or interpolated between two evaluations. NaN
 * if that loss belongs to another network than the one that the run delivers.
 */
export const lossAt = (trace: Trace, curve: Curve, flops: number): number => {
  if (trace.diverged || endsAt(trace, flops)) return finalLoss(trace, curve);
  const seen = trace[curve];
  const next = seen.findIndex((point) => point.flops > flops);
  const [before, after] = [seen[next - 1], seen[next]];
  if (before?.stretch.finest !== true) return Number.NaN;
  if (after === undefined || curve === 'training' || before.stage !== after.stage) return before.loss;
  return between(before.loss, after.loss, (flops - before.flops) / (after.flops - before.flops));
};
