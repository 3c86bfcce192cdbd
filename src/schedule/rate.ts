/**
 * The learning rate of an optimizer, or of a training stage, as data. Not here: the rate at a step (`walk/learning-rate.ts`), defaults (`defaults.ts`).
 */

/** Which step counter a learning rate reads: all training steps of the run, or those of the present training stage. */
export type Clock = 'global' | 'stage';

interface LearningRateCommon<Count = number> {
  readonly peak: Count;
  /** Steps of linear warm-up from 0 to `peak`. */
  readonly warmup: number;
  readonly clock: Clock;
  /** Steps over which the rate is warmed up again after each transfer; none by default. */
  readonly rewarm?: number;
}

export type LearningRate<Count = number> =
  | (LearningRateCommon<Count> & { readonly kind: 'constant' })
  /** Half a cosine from `peak` to `floor` over what remains after the warm-up. */
  | (LearningRateCommon & { readonly kind: 'cosine'; readonly floor: number })
  /** Warm-up, a constant phase, then a linear decay to `floor` over the last `decay` share of the clock, or over what the warm-up leaves of it. */
  | (LearningRateCommon & { readonly kind: 'wsd'; readonly floor: number; readonly decay: number });
