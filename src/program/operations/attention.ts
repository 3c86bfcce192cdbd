/**
 * Causal multi-head self-attention: for each sequence and head, softmax(scale·Q·Kᵀ)·V; with a mask, softmax(scale·Q·Kᵀ + mask)·V, where the mask
 * includes causality. Where keys and values have fewer heads, consecutive heads share one of them (grouped queries, Ainslie et al., 2023): a group's
 * queries are then one tall matrix, and nothing is repeated. Also returns the attention probabilities, which its gradient reads. Rows are
 * [time·batch]: a runtime can read a head's tokens in place only if time is the first axis.
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

/** The sizes of keys and values, whose heads are as large and may be fewer. */
export const keyValueSizes = ({ shape: [, width = 0] }: TensorType, sizes: AttentionSizes): AttentionSizes => ({
  ...sizes,
  heads: width / sizes.size,
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
  const [rows = 0, width = 0] = k?.shape ?? [];
  const alike = k?.dtype === 'f32' && v?.dtype === 'f32' && k.shape.length === 2 && sameShape(k.shape, v.shape);
  if (!alike || q?.dtype !== 'f32' || q.shape.length !== 2 || q.shape[0] !== rows)
    return E.left('takes q [time·batch, width], and k and v of one shape with as many rows');
  const sizes = sizesOf(q, attributes);
  if (!Number.isInteger(sizes.time) || !Number.isInteger(sizes.size))
    return E.left(`cannot divide [${q.shape}] into ${attributes.batch} sequences and ${attributes.heads} heads`);
  const keyValueHeads = width / sizes.size;
  return keyValueHeads >= 1 && Number.isInteger(keyValueHeads) && Number.isInteger(sizes.heads / keyValueHeads)
    ? E.right(sizes)
    : E.left(`cannot divide ${attributes.heads} heads of ${sizes.size} over keys and values [${k.shape}]`);
};

/** [batch, heads, time, …] → [batch, key-value heads, heads of a group · time, …]: the rows that meet one head of keys and values. */
export const grouped = (trace: Trace, x: Tensor, { heads }: AttentionSizes): Tensor => {
  const [batch = 0, all = 0, time = 0, last = 0] = x.type.shape;
  return trace.reshape(x, [batch, heads, (all / heads) * time, last]);
};

/** scale·Q·Kᵀ, [batch, heads, time, time] */
export const scoresOf = (trace: Trace, q: Tensor, k: Tensor, attributes: AttentionAttributes): Tensor => {
  const sizes = sizesOf(q.type, attributes);
  const own = keyValueSizes(k.type, sizes);
  const scores = trace.matmul(grouped(trace, rows(trace, q, sizes), own), columns(trace, k, own), { alpha: attributes.scale });
  return trace.reshape(scores, probabilitiesType(sizes).shape);
};

/** P·V, [time·batch, width] */
export const mixedBy = (trace: Trace, probabilities: Tensor, v: Tensor, sizes: AttentionSizes): Tensor => {
  const own = keyValueSizes(v.type, sizes);
  const mixed = trace.matmul(grouped(trace, probabilities, own), rows(trace, v, own));
  return fromRows(trace, trace.reshape(mixed, [sizes.batch, sizes.heads, sizes.time, sizes.size]), sizes);
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
  const own = keyValueSizes(k.type, sizes);
  const ofOutput = grouped(trace, rows(trace, cotangent, sizes), own);
  const ofProbabilities = trace.reshape(trace.matmul(ofOutput, columns(trace, v, own)), probabilities.type.shape);
  const ofScores = trace.mul(probabilities, trace.sub(ofProbabilities, sums)); // [batch, heads, time, time]
  const { scale } = attributes;
  const ofGroups = grouped(trace, ofScores, own);
  const ofRows = trace.matmul(ofGroups, rows(trace, k, own), { alpha: scale });
  const ofQueries = fromRows(trace, trace.reshape(ofRows, [batch, heads, time, size]), sizes);
  // The sum over a group's heads is part of the product over its rows. Without groups, the columns of q can be read in place.
  const ofKeys =
    own.heads === heads
      ? trace.matmul(columns(trace, q, sizes), ofScores, { alpha: scale })
      : trace.matmul(grouped(trace, rows(trace, q, sizes), own), ofGroups, { transposeA: true, alpha: scale });
  const ofInputs = [
    ofQueries,
    fromColumns(trace, ofKeys, own),
    fromColumns(trace, trace.matmul(ofOutput, grouped(trace, probabilities, own), { transposeA: true }), own),
  ];
  return { ofInputs, ofScores };
};

/** q [time·batch, width], k, v [time·batch, width or less], and perhaps a mask [batch, 1, time, time] → output [time·batch, width], probabilities [batch, heads, time, time] */
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
    const scores = scoresOf(trace, q, k, attributes);
    const probabilities = mask === undefined ? trace.softmax(scores, { causal: true }) : trace.softmax(trace.add(scores, mask));
    return [mixedBy(trace, probabilities, v, sizes), probabilities];
  },
};
