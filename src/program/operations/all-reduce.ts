/**
 * The mean over the ranks of a run: each rank sees other rows of the batch, and gives and gets tensors of the same shapes. Several tensors are one
 * bucket, which a backend with ranks sends as one message while the program continues with what does not depend on it. On one rank it is the
 * identity, which is its decomposition. Not here: which tensors make a bucket (`src/model/combination.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { bytesOf } from '../types/tensor-type.js';
import type { Operation } from './operation.js';

export interface AllReduceAttributes {
  /** The number of ranks, at least 1. */
  readonly ranks: number;
}

/** Not differentiated: it is of gradients and losses. No FLOPs; its bytes are those that each rank contributes. */
export const allReduce: Operation<AllReduceAttributes> = {
  shape: (inputs, { ranks }) => {
    if (!(Number.isInteger(ranks) && ranks >= 1)) return E.left('takes a number of ranks of at least 1');
    return inputs.length > 0 && inputs.every(({ dtype }) => dtype === 'f32') ? E.right(inputs) : E.left('takes at least one f32 tensor');
  },
  flops: (inputs, _, { ranks }) =>
    ranks === 1 ? noFlops : { ...noFlops, communicated: inputs.reduce((sum, type) => sum + bytesOf(type), 0) },
  decompose: (_, inputs) => inputs,
};
