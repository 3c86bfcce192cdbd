/**
 * GELU by the approximation with tanh (Hendrycks & Gimpel, 2016), with which GPT-2 was trained: Hugging Face's `gelu_new`, PyTorch's
 * `approximate='tanh'`. Not here: the exact one (`gelu.ts`).
 *
 *     ½·x·(1 + tanh u) = x·σ(2u),   u = √(2/π)·(x + 0.044715·x³),   σ(z) = 1/(1 + e⁻ᶻ)
 */
import type { Tensor, Trace } from '../types/trace.js';
import type { NoAttributes } from './elementwise.js';
import { each, gelu } from './gelu.js';
import { forOneOutput, type Operation } from './operation.js';

const CUBIC = 0.044715;
const SLOPE = 2 * Math.sqrt(2 / Math.PI);
/** Beyond this x·σ is negligible, and its exponential is still finite in single precision. */
const FARTHEST = 80;

/** 1 + e⁻²ᵘ of x, and x². */
const denominator = (trace: Trace, x: Tensor): { readonly sum: Tensor; readonly square: Tensor } => {
  const square = trace.mul(x, x);
  const cubic = trace.mul(trace.mul(square, trace.scalar(CUBIC)), x);
  const exponent = trace.mul(trace.add(x, cubic), trace.scalar(-SLOPE)); // −2u
  return { sum: trace.add(trace.exp(trace.minimum(exponent, trace.scalar(FARTHEST))), trace.scalar(1)), square };
};

/** x → x·σ(2u) */
export const tanhGelu: Operation<NoAttributes> = {
  shape: gelu.shape,
  gradient: forOneOutput(({ trace, inputs, cotangent }) => inputs.map((x) => trace.mul(cotangent, trace.tanhGeluDerivative(x)))),
  // square, scale, mul, add, scale; minimum, exp, add; div
  flops: each(9),
  decompose: (trace, [x]) => (x === undefined ? [] : [trace.div(x, denominator(trace, x).sum)]),
};

/** x → σ + x·σ·(1 − σ)·2·du/dx, with σ = σ(2u) */
export const tanhGeluDerivative: Operation<NoAttributes> = {
  shape: gelu.shape,
  // square, scale, mul, add, scale; minimum, exp, add; div; scale, add, scale; neg, add; mul, mul, mul, add
  flops: each(18),
  decompose: (trace, [x]) => {
    if (x === undefined) return [];
    const { sum, square } = denominator(trace, x);
    const one = trace.scalar(1);
    const share = trace.div(one, sum);
    const slope = trace.mul(trace.add(trace.mul(square, trace.scalar(3 * CUBIC)), one), trace.scalar(SLOPE)); // 2·du/dx
    const spread = trace.mul(share, trace.add(trace.neg(share), one));
    return [trace.add(share, trace.mul(trace.mul(spread, x), slope))];
  },
};
