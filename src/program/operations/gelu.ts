/**
 * GELU, exact: x·Φ(x) with Φ the normal distribution function (Hendrycks & Gimpel, 2016); and the same in units of √2, scaledGelu(x) = gelu(√2·x)/√2,
 * which needs no factors around its erf: a rewrite moves them into the products before and after it (`../rewrite/gelu-in-units.ts`). The scaled one
 * also returns Φ, which its gradient reads. Derivatives are coarse operations of their own, so that a backend may compute them in few passes over
 * memory.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sameShape, sizeOf, type TensorType } from '../types/tensor-type.js';
import type { NoAttributes } from './elementwise.js';
import { cotangentOfFirst, forOneOutput, type Operation } from './operation.js';

export const each = (count: number) => (inputs: readonly TensorType[]) => ({
  ...noFlops,
  elementwise: count * sizeOf(inputs[0]?.shape ?? [0]),
});

/** x → x·Φ(x) */
export const gelu: Operation<NoAttributes> = {
  shape: ([x]) => (x?.dtype === 'f32' ? E.right([x]) : E.left('takes one f32 tensor')),
  gradient: forOneOutput(({ trace, inputs, cotangent }) => inputs.map((x) => trace.mul(cotangent, trace.geluDerivative(x)))),
  // scale; erf, add, scale, mul; scale
  flops: each(6),
  decompose: (trace, [x]) =>
    x === undefined ? [] : [trace.mul(trace.scaledGelu(trace.mul(x, trace.scalar(1 / Math.SQRT2))), trace.scalar(Math.SQRT2))],
};

/** x → Φ(x) + x·φ(x), φ being the normal density */
export const geluDerivative: Operation<NoAttributes> = {
  shape: gelu.shape,
  // scale; erf, add, scale; square, neg, exp, scale, mul, add
  flops: each(10),
  decompose: (trace, [x]) => {
    if (x === undefined) return [];
    const scaled = trace.mul(x, trace.scalar(1 / Math.SQRT2));
    const distribution = trace.mul(trace.add(trace.erf(scaled), trace.scalar(1)), trace.scalar(0.5));
    return [trace.scaledGeluDerivative(scaled, distribution)];
  },
};

/** x → x·Φ, Φ = ½·(1 + erf(x)) */
export const scaledGelu: Operation<NoAttributes> = {
  shape: ([x]) => (x?.dtype === 'f32' ? E.right([x, x]) : E.left('takes one f32 tensor')),
  gradient: ({ trace, inputs: [x], outputs: [, distribution], cotangents }) => {
    const cotangent = cotangentOfFirst('scaledGelu', cotangents);
    if (x === undefined || distribution === undefined || cotangent === undefined) return [];
    return [trace.mul(cotangent, trace.scaledGeluDerivative(x, distribution))];
  },
  // erf, add, scale, mul
  flops: each(4),
  decompose: (trace, [x]) => {
    if (x === undefined) return [];
    const distribution = trace.mul(trace.add(trace.erf(x), trace.scalar(1)), trace.scalar(0.5));
    return [trace.mul(x, distribution), distribution];
  },
};

/** (x, Φ) → Φ + x·exp(−x²)/√π */
export const scaledGeluDerivative: Operation<NoAttributes> = {
  shape: ([x, distribution]) =>
    x?.dtype === 'f32' && distribution?.dtype === 'f32' && sameShape(x.shape, distribution.shape)
      ? E.right([x])
      : E.left('takes two f32 tensors of one shape'),
  // square, neg, exp, scale, mul, add
  flops: each(6),
  decompose: (trace, [x, distribution]) => {
    if (x === undefined || distribution === undefined) return [];
    const density = trace.mul(trace.exp(trace.neg(trace.mul(x, x))), trace.scalar(1 / Math.sqrt(Math.PI)));
    return [trace.add(distribution, trace.mul(x, density))];
  },
};
