/**
 * Causal self-attention of one head a batch entry: softmax(scale·Q·Kᵀ)·V over [batch, heads, time, size]. Gives the attention
 * probabilities too, which its gradient reads.
 */
import * as E from 'fp-ts/lib/Either.js';
import { addFlops, noFlops } from '../flops.js';
import type { TensorType } from '../program.js';
import { matmul } from './matmul.js';
import type { Operation } from './operation.js';
import { softmax } from './softmax.js';

export interface AttentionAttributes {
  /** Factor of the scores, 1/√size as a rule. */
  readonly scale: number;
}

const probabilitiesType = (q: TensorType): TensorType => ({ ...q, shape: [...q.shape.slice(0, -1), q.shape.at(-2) ?? 0] });

/** (q, k, v) [batch, heads, time, size] → output [batch, heads, time, size], probabilities [batch, heads, time, time] */
export const attention: Operation<AttentionAttributes> = {
  shape: ([q, k, v]) =>
    q?.dtype === 'f32' && q.shape.length === 4 && [k, v].every((other) => other?.shape.every((size, axis) => size === q.shape[axis]))
      ? E.right([q, probabilitiesType(q)])
      : E.left('takes q, k, v of one shape [batch, heads, time, size]'),
  // With O = P·V: Σ_j dP∘P over a row equals Σ dO∘O over the head size (Dao et al., 2022, §3.1), which is the smaller sum.
  gradient: ({ trace, inputs: [q, k, v], outputs: [o, p], attributes: { scale }, cotangents: [cotangent] }) => {
    if (q === undefined || k === undefined || v === undefined || o === undefined || p === undefined || cotangent === undefined) return [];
    const row = trace.sum(trace.mul(cotangent, o), [3]); // [batch, heads, time, 1]
    const scores = trace.mul(p, trace.sub(trace.matmul(cotangent, v, { transposeB: true }), row)); // [batch, heads, time, time]
    return [
      trace.matmul(scores, k, { alpha: scale }),
      trace.matmul(scores, q, { transposeA: true, alpha: scale }),
      trace.matmul(p, cotangent, { transposeA: true }),
    ];
  },
  flops: ([q, k, v], [output]) => {
    if (q === undefined || k === undefined || v === undefined || output === undefined) return noFlops;
    const scores = probabilitiesType(q);
    return addFlops(
      addFlops(
        matmul.flops([q, k], [scores], { transposeA: false, transposeB: true, alpha: 1 }),
        matmul.flops([scores, v], [output], { transposeA: false, transposeB: false, alpha: 1 }),
      ),
      softmax.flops([scores], [scores], { causal: true }),
    );
  },
  decompose: (trace, [q, k, v], { scale }) => {
    if (q === undefined || k === undefined || v === undefined) return [];
    const probabilities = trace.softmax(trace.matmul(q, k, { transposeB: true, alpha: scale }), { causal: true });
    return [trace.matmul(probabilities, v), probabilities];
  },
};
