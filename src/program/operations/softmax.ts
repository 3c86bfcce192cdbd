/**
 * Softmax over the last axis; with `causal`, row i of the last two axes sees columns 0…i only. Five FLOPs per element (maximum, difference,
 * exponential, sum, quotient), counted as softmax.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sizeOf } from '../types/tensor-type.js';
import { forOneOutput, type Operation } from './operation.js';

export interface SoftmaxAttributes {
  readonly causal: boolean;
}

export const softmax: Operation<SoftmaxAttributes> = {
  shape: ([x], { causal }) =>
    x?.dtype === 'f32' && x.shape.length >= 1 && (!causal || x.shape.at(-1) === x.shape.at(-2))
      ? E.right([x])
      : E.left('takes one f32 tensor, square in its last two axes when causal'),
  // dx = p ∘ (dp − Σ dp∘p)
  gradient: forOneOutput(({ trace, output, cotangent }) => {
    const product = trace.mul(cotangent, output);
    return [trace.sub(product, trace.mul(output, trace.sum(product, [product.type.shape.length - 1])))];
  }),
  flops: ([x]) => ({ ...noFlops, softmax: x === undefined ? 0 : 5 * sizeOf(x.shape) }),
  decompose: (trace, [x], { causal }) => {
    if (x === undefined) return [];
    const last = x.type.shape.length - 1;
    if (causal) return [trace.softmax(trace.add(x, trace.causalMask(x.type.shape[last] ?? 0)))];
    const exponential = trace.exp(trace.sub(x, trace.max(x, [last])));
    return [trace.div(exponential, trace.sum(exponential, [last]))];
  },
};
