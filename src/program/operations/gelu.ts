/**
 * GELU, exact: x·Φ(x) with Φ the normal distribution function (Hendrycks & Gimpel, 2016), in units of √2: of x/√2 it makes gelu(x)/√2, which
 * needs no factors around its erf; what stands before and after it (products) can take them along. Gives Φ too, which its gradient reads. The
 * derivative is a coarse operation of its own, so that a backend may choose how to compute it in few passes over memory.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../flops.js';
import { sameShape, sizeOf } from '../tensor-type.js';
import type { NoAttributes } from './elementwise.js';
import { cotangentOfFirst, type Operation } from './operation.js';

/** x → x·Φ, Φ = ½·(1 + erf(x)) */
export const gelu: Operation<NoAttributes> = {
  shape: ([x]) => (x?.dtype === 'f32' ? E.right([x, x]) : E.left('takes one f32 tensor')),
  gradient: ({ trace, inputs: [x], outputs: [, distribution], cotangents }) => {
    const cotangent = cotangentOfFirst('gelu', cotangents);
    if (x === undefined || distribution === undefined || cotangent === undefined) return [];
    return [trace.mul(cotangent, trace.geluDerivative(x, distribution))];
  },
  // erf, add, scale, mul
  flops: ([x]) => ({ ...noFlops, elementwise: x === undefined ? 0 : 4 * sizeOf(x.shape) }),
  decompose: (trace, [x]) => {
    if (x === undefined) return [];
    const distribution = trace.mul(trace.add(trace.erf(x), trace.scalar(1)), trace.scalar(0.5));
    return [trace.mul(x, distribution), distribution];
  },
};

/** (x, Φ) → Φ + x·exp(−x²)/√π */
export const geluDerivative: Operation<NoAttributes> = {
  shape: ([x, distribution]) =>
    x?.dtype === 'f32' && distribution?.dtype === 'f32' && sameShape(x.shape, distribution.shape)
      ? E.right([x])
      : E.left('takes two f32 tensors of one shape'),
  // square, neg, exp, scale, mul, add
  flops: ([x]) => ({ ...noFlops, elementwise: x === undefined ? 0 : 6 * sizeOf(x.shape) }),
  decompose: (trace, [x, distribution]) => {
    if (x === undefined || distribution === undefined) return [];
    const density = trace.mul(trace.exp(trace.neg(trace.mul(x, x))), trace.scalar(1 / Math.sqrt(Math.PI)));
    return [trace.add(distribution, trace.mul(x, density))];
  },
};
