/** Elementwise operations, one FLOP per output element; binary ones broadcast as NumPy does. */
import * as E from 'fp-ts/lib/Either.js';
import { type Flops, noFlops } from '../types/flops.js';
import { type Shape, sizeOf, type TensorType } from '../types/tensor-type.js';
import type { Tensor } from '../types/trace.js';
import { forOneOutput, type GradientContext, type Operation } from './operation.js';

export type NoAttributes = Readonly<Record<never, never>>;

/** NumPy's rule: align at the right; sizes agree or one of them is 1. */
export const broadcastShapes = (a: Shape, b: Shape): E.Either<string, Shape> => {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return E.left(`shapes [${a}] and [${b}] do not broadcast`);
    shape.push(left === 1 ? right : left);
  }
  return E.right(shape);
};

export const onePerElement = (_: readonly TensorType[], outputs: readonly TensorType[]): Flops => ({
  ...noFlops,
  elementwise: outputs.reduce((sum, output) => sum + sizeOf(output.shape), 0),
});

type Rule = (
  context: GradientContext<NoAttributes> & { readonly cotangent: Tensor; readonly output: Tensor },
) => readonly (Tensor | undefined)[];

/** The rule gives the gradient at the broadcast shape; here it is summed back to the shape of each input. */
const binary = (rule: Rule): Operation<NoAttributes> => ({
  shape: ([a, b]) => {
    if (a?.dtype !== 'f32' || b?.dtype !== 'f32') return E.left('takes two f32 tensors');
    return E.map((shape: Shape) => [{ dtype: 'f32' as const, shape }])(broadcastShapes(a.shape, b.shape));
  },
  gradient: forOneOutput((context) =>
    rule(context).map((gradient, index) => {
      const input = context.inputs[index];
      return gradient && input && context.trace.sumTo(gradient, input.type.shape);
    }),
  ),
  flops: onePerElement,
});

const unary = (
  rule: (context: GradientContext<NoAttributes> & { cotangent: Tensor; output: Tensor; input: Tensor }) => Tensor,
): Operation<NoAttributes> => ({
  shape: ([a]) => (a?.dtype === 'f32' ? E.right([a]) : E.left('takes one f32 tensor')),
  gradient: forOneOutput((context) => context.inputs.map((input) => rule({ ...context, input }))),
  flops: onePerElement,
});

const pair = (inputs: readonly Tensor[]): readonly [Tensor, Tensor] => inputs as readonly [Tensor, Tensor];

export const add = binary(({ cotangent }) => [cotangent, cotangent]);

export const sub = binary(({ trace, cotangent }) => [cotangent, trace.neg(cotangent)]);

export const mul = binary(({ trace, inputs, cotangent }) => {
  const [a, b] = pair(inputs);
  return [trace.mul(cotangent, b), trace.mul(cotangent, a)];
});

// d(a/b)/db = −(a/b)/b
export const div = binary(({ trace, inputs, output, cotangent }) => {
  const [, b] = pair(inputs);
  const overB = trace.div(cotangent, b);
  return [overB, trace.neg(trace.mul(overB, output))];
});

/** The smaller of two; not differentiated: it only ever scales the finished gradient. */
export const minimum: Operation<NoAttributes> = { shape: add.shape, flops: onePerElement };

export const neg = unary(({ trace, cotangent }) => trace.neg(cotangent));
export const exp = unary(({ trace, cotangent, output }) => trace.mul(cotangent, output));
export const log = unary(({ trace, cotangent, input }) => trace.div(cotangent, input));

// d√x/dx = 1/(2√x)
export const sqrt = unary(({ trace, cotangent, output }) => trace.div(trace.mul(cotangent, trace.scalar(0.5)), output));

// d erf(x)/dx = (2/√π)·exp(−x²)
export const erf = unary(({ trace, cotangent, input }) =>
  trace.mul(cotangent, trace.mul(trace.exp(trace.neg(trace.mul(input, input))), trace.scalar(2 / Math.sqrt(Math.PI)))),
);
