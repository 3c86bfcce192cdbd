/**
 * The settings of a contender: its seed, and its learning rate on a small declared grid of factors. Pure. Not here: choosing the best
 * factor, which requires runs.
 */
import type { LearningRate, Schedule, Stage } from '../schedule/schedule.js';

export const withSeed = (schedule: Schedule, seed: number): Schedule => ({ ...schedule, setup: { ...schedule.setup, seed } });

const scaled = (rate: LearningRate, factor: number): LearningRate => {
  const peak = rate.peak * factor;
  return rate.kind === 'constant' ? { ...rate, peak } : { ...rate, peak, floor: rate.floor * factor };
};

const withRateIn = (stage: Stage, factor: number): Stage => {
  if (stage.kind === 'repeat' || stage.kind === 'replicas')
    return { ...stage, stages: stage.stages.map((inner) => withRateIn(inner, factor)) };
  if (stage.kind === 'branch') return { ...stage, arms: stage.arms.map((arm) => arm.map((inner) => withRateIn(inner, factor))) };
  return stage.kind === 'train' && stage.learningRate !== undefined
    ? { ...stage, learningRate: scaled(stage.learningRate, factor) }
    : stage;
};

/** Multiplies every learning rate curve by a factor, those of stages too: its peak, and its floor if it has one. */
export const withRate = (schedule: Schedule, factor: number): Schedule => {
  const { setup } = schedule;
  const { optimizer } = setup;
  const learningRate = scaled(optimizer.learningRate, factor);
  return {
    ...schedule,
    setup: { ...setup, optimizer: { ...optimizer, learningRate } },
    stages: schedule.stages.map((stage) => withRateIn(stage, factor)),
  };
};

/**
 * The seed with which learning rates are chosen: the smallest that the comparison does not use. A run by which a rate was chosen is a lucky
 * one among those that were tried, so it does not count among the seeds; and with more seeds (1 to n) the choice does not change.
 *
 * @example
 * tuningSeed([1, 2, 3]) // 0
 */
export const tuningSeed = (seeds: readonly number[]): number => {
  let seed = 0;
  while (seeds.includes(seed)) seed += 1;
  return seed;
};
