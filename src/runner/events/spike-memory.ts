/**
 * What a training stage knows about spikes: whether a loss is one, by those before it, and to which state the run would return. Pure, with a state that is
 * plain JSON, which checkpoints contain (in the run's memory, as `spikes`). Not here: returning (`../stages/spikes.ts`).
 */
import { deviation, mean } from 'd3-array';
import { addFlops, noFlops } from '../../program/types/flops.js';
import type { OnSpike } from '../../schedule/schedule.js';
import type { Thrown } from './events.js';

/** A checkpoint to which the run may return. */
export interface ReturnPoint {
  readonly file: string;
  /** Steps taken in the run, and done in the stage. */
  readonly step: number;
  readonly stageStep: number;
  /** The losses of the stage's last steps there, of which its training loss is made. */
  readonly losses: readonly number[];
  /** Evaluations of the stage until there. */
  readonly evaluations: number;
}

export interface SpikeMemory {
  /** The stage's last losses, at most the window. */
  readonly losses: readonly number[];
  /** How often the stage has returned. */
  readonly returns: number;
  /** The oldest first, at most two. */
  readonly points: readonly ReturnPoint[];
  readonly thrown: Thrown;
}

/** A stage that has returned so often takes losses as they are: it is not the batches. */
export const MOST_RETURNS = 10;

export const nothingThrown: Thrown = { steps: 0, flops: noFlops, evaluationFlops: noFlops };

export const addThrown = (a: Thrown, b: Thrown): Thrown => ({
  steps: a.steps + b.steps,
  flops: addFlops(a.flops, b.flops),
  evaluationFlops: addFlops(a.evaluationFlops, b.evaluationFlops),
});

/** The largest loss that is no spike; none while the window is not full. */
export const limitOf = ({ losses }: SpikeMemory, { factor, window }: OnSpike): number =>
  losses.length < window ? Number.POSITIVE_INFINITY : (mean(losses) ?? 0) + factor * (deviation(losses) ?? 0);

/** A loss that was none. */
export const withLoss = (memory: SpikeMemory, loss: number, { window }: OnSpike): SpikeMemory => ({
  ...memory,
  losses: [...memory.losses, loss].slice(-window),
});

/** Two points are enough: of the last two, one is at least `back` steps before any later step until the next point. */
export const withPoint = (memory: SpikeMemory, point: ReturnPoint): SpikeMemory => ({
  ...memory,
  points: [...memory.points, point].slice(-2),
});

/** The newest point at least `back` steps before a state, otherwise the oldest. @param stageStep the steps that led to that state. */
export const pointBefore = ({ points }: SpikeMemory, stageStep: number, { back }: OnSpike): ReturnPoint | undefined =>
  points.findLast((point) => point.stageStep <= stageStep - back) ?? points[0];
