/**
 * The learning rate at a step: a pure function of a schedule's learning rate and a clock. Not here: who keeps the clock (the runner).
 */
import { match } from 'ts-pattern';
import type { Clock, LearningRate } from './schedule.js';

/** A place in time: the 0-based step, and how many steps the clock counts in all. */
export interface ClockTime {
  readonly step: number;
  readonly total: number;
}

/**
 * What a learning rate's clock shows at a step of a stage.
 *
 * @param stage the stage's training steps, and the run's training steps before it.
 * @param stageStep 0-based step inside the stage.
 * @param total training steps of the whole run.
 */
export const clockAt = (
  clock: Clock,
  stage: { readonly steps: number; readonly firstStep: number },
  stageStep: number,
  total: number,
): ClockTime => (clock === 'global' ? { step: stage.firstStep + stageStep, total } : { step: stageStep, total: stage.steps });

/**
 * The rate that multiplies the update of a step.
 *
 * Warm-up as nanoGPT's `get_lr`: peak (step + 1) / (warmup + 1), so that no step has rate 0 and step `warmup` has the peak.
 * Cosine: floor + (peak - floor) (1 + cos π(step - warmup)/(total - warmup)) / 2 (Loshchilov & Hutter 2017; nanoGPT).
 * WSD: the peak, then linearly to the floor over the last `decay` share of the clock (Hu et al. 2024, MiniCPM; linear as in Hägele et al. 2024).
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
    .with({ kind: 'wsd' }, ({ peak, floor, decay }) => {
      const left = Math.max(0, total - step) / Math.max(1, decay * total);
      return left >= 1 ? peak : floor + (peak - floor) * left;
    })
    .exhaustive();
};
