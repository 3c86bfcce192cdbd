/** A learning rate as a line under a plan. Not here: its value at a step (`src/schedule/walk/learning-rate.ts`). */
import { match } from 'ts-pattern';
import type { LearningRate } from '../../schedule/schedule.js';
import { percent } from '../table/format.js';

/**
 * @example
 * learningRateLine({ kind: 'cosine', peak: 1e-3, floor: 1e-4, warmup: 100, clock: 'global', rewarm: 20 })
 * // 'Learning rate: cosine 0.001 to 0.0001, warm-up 100, re-warm-up 20 after a transfer, global clock.'
 */
export const learningRateLine = (rate: LearningRate): string => {
  const shape = match(rate)
    .with({ kind: 'constant' }, ({ kind, peak }) => `${kind} ${peak}`)
    .with({ kind: 'cosine' }, ({ kind, peak, floor }) => `${kind} ${peak} to ${floor}`)
    .with({ kind: 'wsd' }, ({ kind, peak, floor, decay }) => `${kind} ${peak} to ${floor} over the last ${percent(decay)}`)
    .exhaustive();
  const { warmup, rewarm = 0, clock } = rate;
  const again = rewarm === 0 ? '' : `, re-warm-up ${rewarm} after a transfer`;
  return `Learning rate: ${shape}, warm-up ${warmup}${again}, ${clock} clock.`;
};
