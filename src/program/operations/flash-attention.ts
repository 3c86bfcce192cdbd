/**
 * Causal multi-head self-attention as a fused kernel computes it (Dao et al., 2022): the same function as `attention.ts`, but the probabilities
 * [time, time] never exist as a whole. Only the logarithm of the sum of exponentials of each row of scores is kept; from it the gradient recomputes
 * the probabilities: one additional product, but memory that does not grow with time².
 */
import * as E from 'fp-ts/lib/Either.js';
import { addFlops, type Flops, noFlops } from '../types/flops.js';
import { sameShape, sizeOf, type TensorType } from '../types/tensor-type.js';
import type { Tensor, Trace } from '../types/trace.js';
import {
  type AttentionAttributes,
  type AttentionSizes,
  attentionGradients,
  attentionShape,
  mixedBy,
  probabilitiesType,
  scoresOf,
  sizesOf,
} from './attention.js';
import { matmul } from './matmul.js';
import { cotangentOfFirst, type Operation } from './operation.js';
import { softmax } from './softmax.js';

const sumsType = ({ batch, time, heads }: AttentionSizes): TensorType => ({ dtype: 'f32', shape: [batch, heads, time] });

/** scale·Q·Kᵀ, and −1e9 where a column is later than the row: [batch, heads, time, time] */
const maskedScores = (trace: Trace, [q, k]: readonly [Tensor, Tensor], attributes: AttentionAttributes): Tensor =>
  trace.add(scoresOf(trace, q, k, attributes), trace.causalMask(sizesOf(q.type, attributes).time));

const productFlops = (q: TensorType, attributes: AttentionAttributes): Flops => {
  const sizes = sizesOf(q, attributes);
  const heads: TensorType = { dtype: 'f32', shape: [sizes.batch, sizes.heads, sizes.time, sizes.size] };
  return matmul.flops([heads, heads], [probabilitiesType(sizes)], { transposeA: false, transposeB: true, alpha: 1 });
};

const softmaxFlops = (q: TensorType, attributes: AttentionAttributes): Flops => {
  const scores = probabilitiesType(sizesOf(q, attributes));
  return softmax.flops([scores], [scores], { causal: true });
};

/** The cost of this many products of two [time, head size] matrices in each head, and a softmax. */
const flopsOfProducts = (count: number, [q]: readonly TensorType[], attributes: AttentionAttributes): Flops =>
  q === undefined
    ? noFlops
    : Array.from({ length: count }, () => productFlops(q, attributes)).reduce(addFlops, softmaxFlops(q, attributes));

/** (q, k, v) [time·batch, width] → output [time·batch, width], log Σ exp of scores [batch, heads, time] */
export const flashAttention: Operation<AttentionAttributes> = {
  shape: (inputs, attributes) =>
    E.map((sizes: AttentionSizes) => [inputs[0] as TensorType, sumsType(sizes)])(attentionShape(inputs, attributes)),
  gradient: ({ trace, inputs: [q, k, v], outputs: [output, sums], attributes, cotangents }) => {
    const cotangent = cotangentOfFirst('flashAttention', cotangents);
    if (!q || !k || !v || !output || !sums || !cotangent) return [];
    return trace.flashAttentionGradient([q, k, v, output, sums, cotangent], attributes);
  },
  flops: (inputs, _, attributes) => flopsOfProducts(2, inputs, attributes),
  decompose: (trace, [q, k, v], attributes) => {
    if (q === undefined || k === undefined || v === undefined) return [];
    const sizes = sizesOf(q.type, attributes);
    const scores = maskedScores(trace, [q, k], attributes);
    const most = trace.max(scores, [3]);
    const exponentials = trace.exp(trace.sub(scores, most));
    const total = trace.sum(exponentials, [3]); // [batch, heads, time, 1]
    const output = mixedBy(trace, trace.div(exponentials, total), v, sizes);
    return [output, trace.reshape(trace.add(trace.log(total), most), sumsType(sizes).shape)];
  },
};

/** (q, k, v, output, log Σ exp of scores, cotangent of output) → those of q, k and v [time·batch, width] */
export const flashAttentionGradient: Operation<AttentionAttributes> = {
  shape: (inputs, attributes) => {
    const sizes = attentionShape(inputs, attributes);
    if (E.isLeft(sizes)) return sizes;
    const [q, k, v, output, sums, cotangent] = inputs;
    const likeQ = [output, cotangent].every((other) => other?.dtype === 'f32' && sameShape(other.shape, q?.shape ?? []));
    if (!likeQ || sums?.dtype !== 'f32' || !sameShape(sums.shape, sumsType(sizes.right).shape))
      return E.left('takes what flashAttention was given and gave, and the cotangent of its output');
    return E.right([q, k, v] as readonly TensorType[]);
  },
  // Besides the products: dO∘O summed over the head size, and P∘(dP − the sums).
  flops: (inputs, _, attributes) => {
    const [q] = inputs;
    const elementwise = q === undefined ? 0 : 2 * sizeOf(q.shape) + 2 * sizeOf(probabilitiesType(sizesOf(q, attributes)).shape);
    return addFlops(flopsOfProducts(5, inputs, attributes), { ...noFlops, elementwise });
  },
  decompose: (trace, [q, k, v, output, sums, cotangent], attributes) => {
    if (!q || !k || !v || !output || !sums || !cotangent) return [];
    const column = trace.reshape(sums, [...sums.type.shape, 1]);
    const probabilities = trace.exp(trace.sub(maskedScores(trace, [q, k], attributes), column));
    return attentionGradients(trace, { q, k, v, output, probabilities, cotangent }, attributes).ofInputs;
  },
};
