/**
 * Rows by index: embedding look-up, its gradient, and one-hot rows. Indices are i32 and carry no gradient.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sizeOf } from '../types/tensor-type.js';
import { forOneOutput, type Operation } from './operation.js';

/** (table [rows, width], indices [n]) → [n, width]. No FLOPs. */
export const gather: Operation<Readonly<Record<never, never>>> = {
  shape: ([table, indices]) => {
    const [, width] = table?.shape ?? [];
    return table?.dtype === 'f32' &&
      table.shape.length === 2 &&
      width !== undefined &&
      indices?.dtype === 'i32' &&
      indices.shape.length === 1
      ? E.right([{ dtype: 'f32', shape: [...indices.shape, width] }])
      : E.left('takes an f32 table [rows, width] and i32 indices [n]');
  },
  gradient: forOneOutput(({ trace, inputs: [table, indices], cotangent }) =>
    table === undefined || indices === undefined ? [] : [trace.scatterAdd(cotangent, indices, table.type.shape[0] ?? 0), undefined],
  ),
  flops: () => noFlops,
};

/** (updates [n, width], indices [n]) → [rows, width]: the sum of the updates at each index. One FLOP per update element. */
export const scatterAdd: Operation<{ readonly rows: number }> = {
  shape: ([updates, indices], { rows }) => {
    const [n, width] = updates?.shape ?? [];
    return updates?.dtype === 'f32' &&
      updates.shape.length === 2 &&
      width !== undefined &&
      indices?.dtype === 'i32' &&
      indices.shape.length === 1 &&
      indices.shape[0] === n
      ? E.right([{ dtype: 'f32', shape: [rows, width] }])
      : E.left('takes f32 updates [n, width] and i32 indices [n]');
  },
  gradient: forOneOutput(({ trace, inputs: [, indices], cotangent }) =>
    indices === undefined ? [] : [trace.gather(cotangent, indices), undefined],
  ),
  flops: ([updates]) => ({ ...noFlops, elementwise: updates === undefined ? 0 : sizeOf(updates.shape) }),
  // one-hotᵀ · updates, for a backend that cannot scatter: far more FLOPs, which are counted
  decompose: (trace, [updates, indices], { rows }) =>
    updates === undefined || indices === undefined ? [] : [trace.matmul(trace.oneHot(indices, rows), updates, { transposeA: true })],
};

/** indices [n] → [n, depth]: 1 at the index, else 0. No FLOPs. */
export const oneHot: Operation<{ readonly depth: number }> = {
  shape: ([indices], { depth }) =>
    indices?.dtype === 'i32' && indices.shape.length === 1
      ? E.right([{ dtype: 'f32', shape: [...indices.shape, depth] }])
      : E.left('takes i32 indices [n]'),
  gradient: () => [undefined],
  flops: () => noFlops,
};
