/**
 * The trace of a run: its losses over FLOPs and seconds, the training losses smoothed, as a comparison reads them. Pure. Not here: what is
 * concluded (`pair.ts`), pictures.
 */
import type { StagePlace } from '../../runner/events.js';
import type { RunRecord } from '../run-record.js';

/** A loss and where in the run it was seen. */
export interface Seen {
  readonly stage: number;
  readonly step: number;
  /** FLOPs of training and transfers so far. */
  readonly flops: number;
  /** Seconds of training steps so far. */
  readonly seconds: number;
  readonly loss: number;
  /** Of the network with which the run ends: a loss of another one is not what the run delivers. */
  readonly finest: boolean;
}

export interface Trace {
  readonly seed: number;
  /** Training steps, smoothed: the mean over the last steps of the same stage, as many as the window has; fewer at a stage's beginning. */
  readonly training: readonly (Seen & { readonly full: boolean })[];
  readonly validation: readonly Seen[];
  readonly stages: readonly StagePlace[];
  readonly flops: number;
  /** Of the whole run, evaluations included. */
  readonly seconds: number;
  readonly diverged: boolean;
}

const sameNetwork = (a: StagePlace, b: StagePlace | undefined): boolean =>
  b !== undefined && a.level === b.level && a.layers === b.layers && a.width === b.width;

/**
 * @param window training steps over which a loss is averaged.
 */
export const traceOf = ({ started, steps, evaluations, stages, ended }: RunRecord, window: number): Trace => {
  const places = started.stages;
  const last = places.at(-1);
  const finest = new Set(places.filter((place) => sameNetwork(place, last)).map(({ index }) => index));
  let seconds = 0;
  let sum = 0;
  let first = 0;
  const secondsAt = new Map<number, number>();
  const training = steps.map((event, index) => {
    const { stage, step, flops, loss } = event;
    if (steps[first]?.stage !== stage) {
      first = index;
      sum = 0;
    }
    seconds += event.seconds;
    secondsAt.set(step, seconds);
    sum += loss;
    if (index - first === window) {
      sum -= steps[first]?.loss ?? 0;
      first += 1;
    }
    const count = index - first + 1;
    return { stage, step, flops, seconds, loss: sum / count, finest: finest.has(stage), full: count === window };
  });
  return {
    seed: started.schedule.setup.seed,
    training,
    validation: evaluations.map(({ stage, step, trainingFlops, loss }) => ({
      stage,
      step,
      flops: trainingFlops,
      seconds: secondsAt.get(step) ?? 0,
      loss,
      finest: finest.has(stage),
    })),
    stages: places,
    flops: stages.reduce((total, { counted }) => total + counted.matmul, 0),
    seconds: ended?.seconds ?? stages.reduce((total, stage) => total + stage.seconds, 0),
    diverged: ended?.outcome.kind === 'diverged',
  };
};

/**
 * The window for a comparison: 50 steps, or half of the shortest training stage on the finest network where that is less.
 *
 * @param runs the stages of each, as planned.
 */
export const windowFor = (runs: readonly (readonly StagePlace[])[]): number => {
  const lengths = runs.flatMap((stages) =>
    stages.filter((stage) => stage.kind === 'train' && sameNetwork(stage, stages.at(-1))).map(({ steps }) => steps),
  );
  return Math.max(1, Math.min(50, Math.floor(Math.min(...lengths, 100) / 2)));
};

export type Curve = 'training' | 'validation';

/** The loss at the end of the run; Infinity for one that diverged. */
export const finalLoss = (trace: Trace, curve: Curve): number =>
  trace.diverged ? Number.POSITIVE_INFINITY : (trace[curve].at(-1)?.loss ?? Number.NaN);

/** What it took to come to a loss. */
export interface Reached {
  readonly flops: number;
  readonly seconds: number;
  /** The finest network was there when it was first looked at, and may have been before: this is the most that it took. */
  readonly atFirstLook?: true;
}

const unlessSeenBefore = (before: { readonly finest: boolean; readonly full?: boolean } | undefined): Pick<Reached, 'atFirstLook'> =>
  before?.finest === true && before.full !== false ? {} : { atFirstLook: true };

const between = (from: number, to: number, share: number): number => from + (to - from) * share;

/**
 * Where evaluations first have a loss of at most `target`. Between two of one stage the loss is taken to fall evenly. Undefined where none has.
 */
export const firstReached = (evaluations: readonly Omit<Seen, 'step'>[], target: number): Reached | undefined => {
  const index = evaluations.findIndex(({ finest, loss }) => finest && loss <= target);
  const at = evaluations[index];
  if (at === undefined) return undefined;
  const before = evaluations[index - 1];
  if (before === undefined || before.stage !== at.stage) return { flops: at.flops, seconds: at.seconds, ...unlessSeenBefore(before) };
  const share = (before.loss - target) / (before.loss - at.loss);
  return { flops: between(before.flops, at.flops, share), seconds: between(before.seconds, at.seconds, share) };
};

/**
 * Where the finest network's loss first is at most `target`; a training loss counts once its window is full. Undefined where it never is, and for
 * a run that diverged, which delivers nothing.
 */
export const reach = (trace: Trace, curve: Curve, target: number): Reached | undefined => {
  if (trace.diverged) return undefined;
  if (curve === 'validation') return firstReached(trace.validation, target);
  const index = trace.training.findIndex(({ finest, full, loss }) => finest && full && loss <= target);
  const at = trace.training[index];
  return at === undefined ? undefined : { flops: at.flops, seconds: at.seconds, ...unlessSeenBefore(trace.training[index - 1]) };
};

/** Runs whose FLOPs differ by less are of equal FLOPs. */
const EQUAL_FLOPS = 0.01;

/** Whether a run has no more than so many FLOPs: to one per cent, or to its last step, for a number of steps must be whole. */
export const endsAt = ({ flops: all, training }: Trace, flops: number): boolean =>
  all <= flops * (1 + EQUAL_FLOPS) || (training.at(-2)?.flops ?? 0) < flops;

/** The loss after so many FLOPs: of the run's end where it ends at these; of the last step, or between two evaluations, where it has more. */
export const lossAt = (trace: Trace, curve: Curve, flops: number): number => {
  if (trace.diverged || endsAt(trace, flops)) return finalLoss(trace, curve);
  const seen = trace[curve];
  const next = seen.findIndex((point) => point.flops > flops);
  const [before, after] = [seen[next - 1], seen[next]];
  if (before === undefined) return Number.NaN;
  if (after === undefined || curve === 'training' || before.stage !== after.stage) return before.loss;
  return between(before.loss, after.loss, (flops - before.flops) / (after.flops - before.flops));
};
