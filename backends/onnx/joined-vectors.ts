/**
 * Vectors (biases, norms, their moments) are passed into a session and out of it as one tensor: a binding needs as long for a hundred numbers as for
 * a matrix, and most tensors of a step are vectors.
 */
import type { TensorType } from '../../src/program/program.js';

export interface Joined {
  readonly parts: readonly {
    /** Its index among the program's inputs, or outputs. */
    readonly index: number;
    /** Its offset in the whole. */
    readonly at: number;
    readonly size: number;
  }[];
  readonly whole: TensorType;
  /** Whether the input (or output) of this index is one of the parts. */
  readonly holds: (index: number) => boolean;
}

/** The vectors among the types, concatenated; none unless there are at least two. */
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
