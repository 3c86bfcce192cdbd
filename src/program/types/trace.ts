/**
 * The interface of tracing that models, gradient rules and decompositions use. It is separate from the tracer that implements it (`../tracer.ts`),
 * because the tracer reads the table of operations and the operations use traces.
 */
import type { Shape, TensorType, ValueId } from './tensor-type.js';

/** A value of the program that is being traced. */
export interface Tensor {
  readonly id: ValueId;
  readonly type: TensorType;
}

export interface Trace {
  /** A number that is known while tracing. */
  scalar(value: number): Tensor;
  /** [size, size]: 0 where the column is at most the row, else −1e9. */
  causalMask(size: number): Tensor;
  /** [positions, size]: cosines and sines of rotary positions. */
  rotaryTable(attributes: { readonly positions: number; readonly size: number; readonly theta: number }): Tensor;

  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  minimum(a: Tensor, b: Tensor): Tensor;
  neg(x: Tensor): Tensor;
  exp(x: Tensor): Tensor;
  log(x: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  erf(x: Tensor): Tensor;

  reshape(x: Tensor, shape: Shape): Tensor;
  /** Axis i of the result is axis permutation[i] of x. */
  transpose(x: Tensor, permutation: readonly number[]): Tensor;
  broadcast(x: Tensor, shape: Shape): Tensor;
  /** x, once the others are there; what reads it is not taken for what reads x. */
  barrier(x: Tensor, others: readonly Tensor[]): Tensor;
  /** Concatenation along an axis. */
  concat(pieces: readonly Tensor[], axis: number): Tensor;
  /** Undoes a concat: pieces of the given sizes. */
  split(x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[];

  /** Σ over `axes`, which stay with size 1. */
  sum(x: Tensor, axes: readonly number[]): Tensor;
  max(x: Tensor, axes: readonly number[]): Tensor;
  sumOfSquares(x: Tensor): Tensor;
  /** Undoes a broadcast: sums over the axes along which `shape` was repeated. */
  sumTo(x: Tensor, shape: Shape): Tensor;

  /** alpha · op(a) · op(b) over the last two axes. */
  matmul(a: Tensor, b: Tensor, options?: { readonly transposeA?: boolean; readonly transposeB?: boolean; readonly alpha?: number }): Tensor;
  /** alpha · x · weight + bias */
  linear(x: Tensor, weight: Tensor, bias: Tensor, options?: { readonly alpha?: number }): Tensor;

  /** Rows of a table by index. */
  gather(table: Tensor, indices: Tensor): Tensor;
  /** [rows, width]: the sum of the updates at each index. */
  scatterAdd(updates: Tensor, indices: Tensor, rows: number): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;

  softmax(x: Tensor, options?: { readonly causal?: boolean }): Tensor;
  /** Causal multi-head attention over [time·batch, width], where several heads may share keys and values; a mask [batch, 1, time, time] is added to the scores in place of causality. */
  attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attributes: { readonly batch: number; readonly heads: number; readonly scale: number },
    mask?: Tensor,
  ): Tensor;
  /** The same function, whose gradient keeps no probabilities. */
  flashAttention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attributes: { readonly batch: number; readonly heads: number; readonly scale: number },
  ): Tensor;
  /** From q, k, v, the two outputs of `flashAttention`, and the output's cotangent: the cotangents of q, k and v. */
  flashAttentionGradient(
    values: readonly Tensor[],
    attributes: { readonly batch: number; readonly heads: number; readonly scale: number },
  ): readonly Tensor[];
  /** Layer normalisation without weight and bias. */
  normalize(x: Tensor, epsilon: number): Tensor;
  /** x/√(mean(x²) + ε), without a weight. */
  rmsNormalize(x: Tensor, epsilon: number): Tensor;
  /** Turns each head of x [time·batch, width] by the rows of a `rotaryTable`, [time, 1 or batch, size of a head]. */
  rotary(x: Tensor, table: Tensor): Tensor;
  /** x·Φ(x) */
  gelu(x: Tensor): Tensor;
  geluDerivative(x: Tensor): Tensor;
  /** gelu(√2·x)/√2 */
  scaledGelu(x: Tensor): Tensor;
  scaledGeluDerivative(x: Tensor, distribution: Tensor): Tensor;
  /** GELU by its approximation with tanh. */
  tanhGelu(x: Tensor): Tensor;
  tanhGeluDerivative(x: Tensor): Tensor;
  /** x·σ(x) */
  silu(x: Tensor): Tensor;
  siluDerivative(x: Tensor): Tensor;
  /** Mean cross-entropy in nats, a scalar. */
  crossEntropy(logits: Tensor, targets: Tensor): Tensor;
  /** The same from hidden states and a head, in chunks of tokens; with `gradients`, also the gradients of both. */
  linearCrossEntropy(
    hidden: Tensor,
    head: Tensor,
    targets: Tensor,
    attributes: { readonly rows: number; readonly gradients: boolean },
  ): readonly Tensor[];
  /** Of each tensor the mean over as many ranks, as one message. */
  allReduce(tensors: readonly Tensor[], ranks: number): readonly Tensor[];
}
