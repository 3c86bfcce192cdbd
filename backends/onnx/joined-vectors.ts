/**
 * Vectors (biases, norms, their moments) as one tensor on their way into a session and out of it: a binding takes as long over a hundred numbers as
 * over a matrix, and most tensors of a step are vectors.
 */
import type { TensorType } from '../../src/program/program.js';

export interface Joined {
  readonly parts: readonly {
    /** Its place among the program's inputs, or outputs. */
    readonly index: number;
    /** Where it begins in the whole. */
    readonly at: number;
    readonly size: number;
  }[];
  readonly whole: TensorType;
  /** Whether the input (or output) at this place is one of the parts. */
  readonly holds: (index: number) => boolean;
}

/** Those of the types that are vectors, one after the other; none where there are not two. */
export const joinedVectors = (types: readonly TensorType[]): Joined => {
  let at = 0;
  const parts = types.flatMap(({ dtype, shape: [size = 0, ...others] }, index) => {
    if (dtype !== 'f32' || size === 0 || others.length > 0) return [];
    at += size;
    return [{ index, at: at - size, size }];
  });
  if (parts.length < 2) return { parts: [], whole: { dtype: 'f32', shape: [0] }, holds: () => false };
  const places = new Set(parts.map(({ index }) => index));
  return { parts, whole: { dtype: 'f32', shape: [at] }, holds: (index) => places.has(index) };
};
