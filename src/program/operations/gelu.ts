/**
 * GELU, exact: x·Φ(x) with Φ the normal distribution function (Hendrycks & Gimpel, 2016). Its derivative is a coarse operation of its
 * own, so that a backend may choose how to compute it in few passes over memory.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../flops.js';
import { sameShape, sizeOf } from '../tensor-type.js';
import type { Tensor, Trace } from '../trace.js';
import type { NoAttributes } from './elementwise.js';
import { forOneOutput, type Operation } from './operation.js';

/** Φ(x) = ½·(1 + erf(x/√2)) */
const distribution = (trace: Trace, x: Tensor): Tensor =>
  trace.mul(trace.add(trace.erf(trace.mul(x, trace.scalar(Math.SQRT1_2))), trace.scalar(1)), trace.scalar(0.5));

/** φ(x) = exp(−x²/2)/√(2π) */
const density = (trace: Trace, x: Tensor): Tensor =>
  trace.mul(trace.exp(trace.mul(trace.mul(x, x), trace.scalar(-0.5))), trace.scalar(1 / Math.sqrt(2 * Math.PI)));

export const gelu: Operation<NoAttributes> = {
  shape: ([x]) => (x?.dtype === 'f32' ? E.right([x]) : E.left('takes one f32 tensor')),
  gradient: forOneOutput(({ trace, inputs: [x], cotangent }) => (x === undefined ? [] : [trace.geluGradient(x, cotangent)])),
  // scale, erf, add, scale, mul
  flops: ([x]) => ({ ...noFlops, elementwise: x === undefined ? 0 : 5 * sizeOf(x.shape) }),
  decompose: (trace, [x]) => (x === undefined ? [] : [trace.mul(x, distribution(trace, x))]),
};

/** (x, cotangent) → cotangent · (Φ(x) + x·φ(x)) */
export const geluGradient: Operation<NoAttributes> = {
  shape: ([x, cotangent]) =>
    x?.dtype === 'f32' && cotangent?.dtype === 'f32' && sameShape(x.shape, cotangent.shape)
      ? E.right([x])
      : E.left('takes two f32 tensors of one shape'),
  // Φ: 4, φ: 4, x·φ, the sum, the product
  flops: ([x]) => ({ ...noFlops, elementwise: x === undefined ? 0 : 11 * sizeOf(x.shape) }),
  decompose: (trace, [x, cotangent]) =>
    x === undefined || cotangent === undefined
      ? []
      : [trace.mul(cotangent, trace.add(distribution(trace, x), trace.mul(x, density(trace, x))))],
};
