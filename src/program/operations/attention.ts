/**
 * Causal multi-head self-attention: for each sequence and head, softmax(scale·Q·Kᵀ)·V; with a mask, softmax(scale·Q·Kᵀ + mask)·V, where the mask
 * includes causality. Also returns the attention probabilities, which its gradient reads. Rows are [time·batch]: a runtime can read a head's tokens
 * in place only if time is the first axis.
 */
import * as E from 'fp-ts/lib/Either.js';
import { addFlops, noFlops } from '../types/flops.js';
import { type Shape, sameShape, type TensorType } from '../types/tensor-type.js';
import type { Tensor, Trace } from '../types/trace.js';
import { onePerElement } from './elementwise.js';
import { matmul } from './matmul.js';
import { cotangentOfFirst, type Operation } from './operation.js';
import { softmax } from './softmax.js';

export interface AttentionAttributes {
  readonly batch: number;
  readonly heads: number;
  /** Factor of the scores, 1/√(width/heads) as a rule. */
  readonly scale: number;
}

export interface AttentionSizes {
  readonly batch: number;
  readonly time: number;
  readonly heads: number;
  readonly size: number;
}

export const sizesOf = ({ shape: [rows = 0, width = 0] }: TensorType, { batch, heads }: AttentionAttributes): AttentionSizes => ({
  batch,
  time: rows / batch,
  heads,
  size: width / heads,
});

export const probabilitiesType = ({ batch, time, heads }: AttentionSizes): TensorType => ({
  dtype: 'f32',
  shape: [batch, heads, time, time],
});

/** [time·batch, width] → [batch, heads, time, size] */
export const rows = (trace: Trace, x: Tensor, { batch, time, heads, size }: AttentionSizes): Tensor =>
  trace.transpose(trace.reshape(x, [time, batch, heads, size]), [1, 2, 0, 3]);

/** [time·batch, width] → [batch, heads, size, time] */
export const columns = (trace: Trace, x: Tensor, { batch, time, heads, size }: AttentionSizes): Tensor =>
  trace.transpose(trace.reshape(x, [time, batch, heads, size]), [1, 2, 3, 0]);

export const fromRows = (trace: Trace, x: Tensor, { batch, time, heads, size }: AttentionSizes): Tensor =>
  trace.reshape(trace.transpose(x, [2, 0, 1, 3]), [time * batch, heads * size]);

export const fromColumns = (trace: Trace, x: Tensor, { batch, time, heads, size }: AttentionSizes): Tensor =>
  trace.reshape(trace.transpose(x, [3, 0, 1, 2]), [time * batch, heads * size]);

/** The cost for all heads of one sequence. */
const maskShape = ({ batch, time }: AttentionSizes): Shape => [batch, 1, time, time];

export const attentionShape = ([q, k, v]: readonly TensorType[], attributes: AttentionAttributes): E.Either<string, AttentionSizes> => {
  if (q?.dtype !== 'f32' || q.shape.length !== 2 || ![k, v].every((other) => other?.dtype === 'f32' && sameShape(other.shape, q.shape)))
    return E.left('takes q, k, v of one shape [time·batch, width]');
  const sizes = sizesOf(q, attributes);
  return Number.isInteger(sizes.time) && Number.isInteger(sizes.size)
    ? E.right(sizes)
    : E.left(`cannot divide [${q.shape}] into ${attributes.batch} sequences and ${attributes.heads} heads`);
};

/** What the gradient is computed from. */
export interface AttentionValues {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly output: Tensor;
  readonly probabilities: Tensor;
  readonly cotangent: Tensor;
}

/**
 * The gradients of q, k and v, and that of the scores. With O = P·V: Σ_j dP∘P over a row equals Σ dO∘O over the head size (Dao et al., 2022,
 * appendix B.2), which is the smaller sum. No [time, time] matrix is ever transposed, which is slow for many small ones: dK and dV are computed as
 * dKᵀ = Qᵀ·dS, dVᵀ = dOᵀ·P.
 */
export const attentionGradients = (
  trace: Trace,
  values: AttentionValues,
  attributes: AttentionAttributes,
): { readonly ofInputs: readonly Tensor[]; readonly ofScores: Tensor } => {
  const { q, k, v, output, probabilities, cotangent } = values;
  const sizes = sizesOf(q.type, attributes);
  const { batch, time, heads, size } = sizes;
  const products = trace.reshape(trace.mul(cotangent, output), [time, batch, heads, size]);
  const sums = trace.transpose(trace.sum(products, [3]), [1, 2, 0, 3]); // [batch, heads, time, 1]
  const ofProbabilities = trace.matmul(rows(trace, cotangent, sizes), columns(trace, v, sizes));
  const ofScores = trace.mul(probabilities, trace.sub(ofProbabilities, sums)); // [batch, heads, time, time]
  const { scale } = attributes;
  const ofInputs = [
    fromRows(trace, trace.matmul(ofScores, rows(trace, k, sizes), { alpha: scale }), sizes),
    fromColumns(trace, trace.matmul(columns(trace, q, sizes), ofScores, { alpha: scale }), sizes),
    fromColumns(trace, trace.matmul(rows(trace, cotangent, sizes), probabilities, { transposeA: true }), sizes),
  ];
  return { ofInputs, ofScores };
};

/** (q, k, v) [time·batch, width], and perhaps a mask [batch, 1, time, time] → output [time·batch, width], probabilities [batch, heads, time, time] */
export const attention: Operation<AttentionAttributes> = {
  shape: (inputs, attributes) => {
    const [q, , , mask] = inputs;
    const sizes = attentionShape(inputs, attributes);
    if (E.isLeft(sizes)) return sizes;
    return mask === undefined || (mask.dtype === 'f32' && sameShape(mask.shape, maskShape(sizes.right)))
      ? E.right([q as TensorType, probabilitiesType(sizes.right)])
      : E.left('takes an f32 mask [batch, 1, time, time]');
  },
  gradient: ({ trace, inputs: [q, k, v, mask], outputs: [output, probabilities], attributes, cotangents }) => {
    const cotangent = cotangentOfFirst('attention', cotangents);
    if (!q || !k || !v || !output || !probabilities || !cotangent) return [];
    const { ofInputs, ofScores } = attentionGradients(trace, { q, k, v, output, probabilities, cotangent }, attributes);
    return mask === undefined ? ofInputs : [...ofInputs, trace.sumTo(ofScores, mask.type.shape)];
  },
  flops: ([q, , , mask], _, attributes) => {
    if (q === undefined) return noFlops;
    const sizes = sizesOf(q, attributes);
    const scores = probabilitiesType(sizes);
    const heads: TensorType = { dtype: 'f32', shape: [sizes.batch, sizes.heads, sizes.time, sizes.size] };
    return addFlops(
      addFlops(
        matmul.flops([heads, heads], [scores], { transposeA: false, transposeB: true, alpha: 1 }),
        matmul.flops([scores, heads], [heads], { transposeA: false, transposeB: false, alpha: 1 }),
      ),
      addFlops(
        softmax.flops([scores], [scores], { causal: mask === undefined }),
        mask === undefined ? noFlops : onePerElement([], [scores]),
      ),
    );
  },
  decompose: (trace, [q, k, v, mask], attributes) => {
    if (q === undefined || k === undefined || v === undefined) return [];
    const sizes = sizesOf(q.type, attributes);
    const scores = trace.matmul(rows(trace, q, sizes), columns(trace, k, sizes), { alpha: attributes.scale });
    const probabilities = mask === undefined ? trace.softmax(scores, { causal: true }) : trace.softmax(trace.add(scores, mask));
    return [fromRows(trace, trace.matmul(probabilities, rows(trace, v, sizes)), sizes), probabilities];
  },
};
