/** How far a training stage has come. */
import type { Flops } from '../../program/types/flops.js';

/** The progress of a training stage. */
export interface StageProgress {
  /** The losses of its last steps, at most `LOSS_WINDOW`. */
  readonly losses: readonly number[];
  readonly evaluations: readonly Evaluated[];
  /** Its seconds in earlier processes. */
  readonly earlierSeconds: number;
}

export interface Evaluated {
  readonly loss: number;
  readonly flops: Flops;
}

/** Steps over which a stage's training loss is averaged. */
export const LOSS_WINDOW = 50;

export const nothingYet: StageProgress = { losses: [], evaluations: [], earlierSeconds: 0 };
