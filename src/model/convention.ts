/**
 * A FLOP convention: the cost of a model by somebody's published arithmetic, for comparison with our figures. Not here: the arithmetic, which belongs
 * to a family (`gpt-conventions.ts`), and the FLOPs of our programs, which are counted on them (`src/program/cost.ts`).
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
  /** @param parameters the model's number of parameters. */
  flops(model: M & { readonly vocabulary: number }, parameters: number): SequenceFlops;
}
