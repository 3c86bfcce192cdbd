/**
 * GELU, exact: x·Φ(x) with Φ the normal distribution function (Hendrycks & Gimpel, 2016), in units of √2: of x/√2 it makes gelu(x)/√2, which
 * needs no factors around its erf; what stands before and after it (products) can take them along. Gives the derivative too, which its
 * gradient reads: made where erf is at hand and kept in x's place.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../flops.js';
import { sizeOf } from '../tensor-type.js';
import type { NoAttributes } from './elementwise.js';
import { cotangentOfFirst, type Operation } from './operation.js';

/** Of one element: erf, add, scale, mul. */
const VALUE = 4;
/** Square, neg, exp, scale, mul, add. */
const DERIVATIVE = 6;

/** x → x·½·(1 + erf(x)), ½·(1 + erf(x)) + x·exp(−x²)/√π */
export const gelu: Operation<NoAttributes> = {
  shape: ([x]) => (x?.dtype === 'f32' ? E.right([x, x]) : E.left('takes one f32 tensor')),
  gradient: ({ trace, outputs: [, derivative], cotangents }) => {
    const cotangent = cotangentOfFirst('gelu', cotangents);
    return derivative === undefined || cotangent === undefined ? [] : [trace.mul(derivative, cotangent)];
  },
  flops: ([x], [, derivative]) => ({
    ...noFlops,
    elementwise: x === undefined ? 0 : (VALUE + (derivative === undefined ? 0 : DERIVATIVE)) * sizeOf(x.shape),
  }),
  decompose: (trace, [x]) => {
    if (x === undefined) return [];
    const distribution = trace.mul(trace.add(trace.erf(x), trace.scalar(1)), trace.scalar(0.5));
    const density = trace.mul(trace.exp(trace.neg(trace.mul(x, x))), trace.scalar(1 / Math.sqrt(Math.PI)));
    return [trace.mul(x, distribution), trace.add(distribution, trace.mul(x, density))];
  },
};
