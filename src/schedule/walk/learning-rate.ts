/**
 * The learning rate at a step: a pure function of a schedule's learning rate and a clock. Not here: who keeps the clock (the runner).
 */
import { match } from 'ts-pattern';
import type { Clock, LearningRate } from '../schedule.js';
import type { Visit } from './walk.js';

/** A clock reading: the 0-based step, and the total number of steps of the clock. */
export interface ClockTime {
  readonly step: number;
  readonly total: number;
}

/** A stage's training steps, the run's training steps before it, and what replicas say about both. */
export type ClockPlace = Pick<Visit, 'firstStep' | 'beside' | 'within'> & { readonly steps: number };

/**
 * The reading of a learning rate's clock at a step of a stage.
 *
 * @param stageStep 0-based step inside the stage.
 * @param total training steps of the whole run.
 */
export const clockAt = (
  clock: Clock,
  { steps, firstStep, beside = 0, within = { before: 0, of: steps } }: ClockPlace,
  stageStep: number,
  total: number,
): ClockTime =>
  clock === 'global' ? { step: firstStep - beside + stageStep, total } : { step: within.before + stageStep, total: within.of };

/** The steps of the clock of a whole schedule: replicas take theirs at the same time. */
export const clockSteps = (visits: readonly Visit[]): number => {
  const last = visits.at(-1);
  if (last === undefined) return 0;
  return last.firstStep - (last.beside ?? 0) + (last.stage.kind === 'train' ? last.stage.steps : 0);
};

/**
 * Re-warm-up: the factor of the rate at a step, this many steps after the last transfer (0 for the first of them): (k + 1) / (rewarm + 1) until
 * `rewarm` steps are done, then 1, as the warm-up of a run. Every kind of learning rate and either clock continues underneath; 1 before the first
 * transfer, and where nothing was trained before it, which the warm-up of the run covers.
 *
 * @param sinceTransfer undefined where there was no transfer.
 * @example
 * rewarmAt({ kind: 'constant', peak: 0.1, warmup: 0, clock: 'global', rewarm: 1 }, 0) // 0.5
 */
export const rewarmAt = ({ rewarm = 0 }: LearningRate, sinceTransfer: number | undefined): number =>
  sinceTransfer === undefined || sinceTransfer >= rewarm ? 1 : (sinceTransfer + 1) / (rewarm + 1);

/**
 * The rate at a step of a stage: that of its clock, times the re-warm-up.
 *
 * Clocks are the plan's: a stage with a conditional end counts with its maximum number of steps. Where it ends early, what follows has the rates that
 * were planned for it, so that a decay ends where the schedule ends, and resuming needs only the position in the schedule.
 *
 * @param stageStep 0-based step inside the stage.
 * @param total training steps of the whole schedule.
 */
export const rateAt = (
  rate: LearningRate,
  { sinceTransfer, ...place }: Pick<Visit, 'sinceTransfer'> & ClockPlace,
  stageStep: number,
  total: number,
): number =>
  learningRateAt(rate, clockAt(rate.clock, place, stageStep, total)) *
  rewarmAt(rate, sinceTransfer === undefined ? undefined : sinceTransfer + stageStep);

/**
 * The rate that multiplies the update of a step.
 *
 * Warm-up as nanoGPT's `get_lr`: peak (step + 1) / (warmup + 1), so that no step has rate 0 and step `warmup` has the peak.
 * Cosine: floor + (peak - floor) (1 + cos π(step - warmup)/(total - warmup)) / 2 (Loshchilov & Hutter 2017; nanoGPT).
 * WSD: the peak, then linearly to the floor over the last `decay` share of the clock (Hu et al. 2024, MiniCPM; linear as in Hägele et al. 2024),
 * or over what the warm-up leaves of that: the decay follows the warm-up, so that no rate drops in one step.
 * Documented with first and last steps in docs/training.md.
 *
 * @example
 * learningRateAt({ kind: 'constant', peak: 0.1, warmup: 1, clock: 'global' }, { step: 0, total: 10 }) // 0.05
 */
export const learningRateAt = (rate: LearningRate, { step, total }: ClockTime): number => {
  if (step < rate.warmup) return (rate.peak * (step + 1)) / (rate.warmup + 1);
  return match(rate)
    .with({ kind: 'constant' }, ({ peak }) => peak)
    .with({ kind: 'cosine' }, ({ peak, floor, warmup }) => {
      const passed = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
      return floor + ((peak - floor) * (1 + Math.cos(Math.PI * passed))) / 2;
    })
    .with({ kind: 'wsd' }, ({ peak, floor, decay, warmup }) => {
      const left = Math.max(0, total - step) / Math.max(1, Math.min(decay * total, total - warmup));
      return left >= 1 ? peak : floor + (peak - floor) * left;
    })
    .exhaustive();
};
