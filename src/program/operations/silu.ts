/**
 * SiLU (Hendrycks & Gimpel, 2016; "swish", Ramachandran et al., 2017), the activation of SwiGLU:
 *
 *     x·σ(x),   σ(x) = 1/(1 + e⁻ˣ)
 */
import type { Tensor, Trace } from '../types/trace.js';
import type { NoAttributes } from './elementwise.js';
import { each, gelu } from './gelu.js';
import { forOneOutput, type Operation } from './operation.js';

/** Beyond −this, x·σ(x) is negligible; its exponential is still finite in single precision. */
const FARTHEST = 80;

/** 1 + e⁻ˣ */
const denominator = (trace: Trace, x: Tensor): Tensor =>
  trace.add(trace.exp(trace.minimum(trace.neg(x), trace.scalar(FARTHEST))), trace.scalar(1));

/** x → x·σ(x) */
export const silu: Operation<NoAttributes> = {
  shape: gelu.shape,
  gradient: forOneOutput(({ trace, inputs, cotangent }) => inputs.map((x) => trace.mul(cotangent, trace.siluDerivative(x)))),
  // neg, minimum, exp, add; div
  flops: each(5),
  decompose: (trace, [x]) => (x === undefined ? [] : [trace.div(x, denominator(trace, x))]),
};

/** x → σ + x·σ·(1 − σ) */
export const siluDerivative: Operation<NoAttributes> = {
  shape: gelu.shape,
  // neg, minimum, exp, add; div; neg, add; mul, mul, add
  flops: each(10),
  decompose: (trace, [x]) => {
    if (x === undefined) return [];
    const one = trace.scalar(1);
    const share = trace.div(one, denominator(trace, x));
    const spread = trace.mul(share, trace.add(trace.neg(share), one));
    return [trace.add(share, trace.mul(spread, x))];
  },
};
