/**
 * What a FLOP convention is: what others would say that a model costs, by their own published arithmetic, so that our figures can be laid beside
 * theirs. Not here: the arithmetic, which is a family's (`gpt-conventions.ts`), and what our programs really do, which is counted on them
 * (`src/program/cost.ts`).
 */
import type { Model } from '../schedule/schedule.js';

/** FLOPs of one sequence of `context` tokens. A training step costs `batch` times `training`. */
export interface SequenceFlops {
  readonly forward: number;
  /** Forward and backward. */
  readonly training: number;
}

export interface Convention<M extends Model = Model> {
  readonly name: 'nanogpt' | 'chinchilla' | 'kaplan' | 'flopCounterMode';
  /** Where the arithmetic is published. */
  readonly cite: string;
  /** @param parameters how many the model has. */
  flops(model: M & { readonly vocabulary: number }, parameters: number): SequenceFlops;
}
