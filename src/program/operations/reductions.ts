/** Reductions over axes, which stay in the shape with size 1. One FLOP per input element. */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sizeOf } from '../types/tensor-type.js';
import { forOneOutput, type Operation } from './operation.js';

export interface ReductionAttributes {
  readonly axes: readonly number[];
}

const reduction: Operation<ReductionAttributes> = {
  shape: ([input], { axes }) => {
    if (input?.dtype !== 'f32') return E.left('takes one f32 tensor');
    if (axes.some((axis) => axis < 0 || axis >= input.shape.length)) return E.left(`[${input.shape}] lacks an axis of [${axes}]`);
    return E.right([{ ...input, shape: input.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) }]);
  },
  flops: (inputs) => ({ ...noFlops, elementwise: inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0) }),
};

export const sum: Operation<ReductionAttributes> = {
  ...reduction,
  gradient: forOneOutput(({ trace, inputs, cotangent }) => inputs.map((input) => trace.broadcast(cotangent, input.type.shape))),
};

/** Not differentiated: it occurs only where softmax subtracts it, and there its gradient cancels. */
export const max: Operation<ReductionAttributes> = reduction;

/** Σ x² over all elements, as a scalar: two FLOPs per element. */
export const sumOfSquares: Operation<Readonly<Record<never, never>>> = {
  shape: ([input]) => (input?.dtype === 'f32' ? E.right([{ dtype: 'f32', shape: [] }]) : E.left('takes one f32 tensor')),
  gradient: forOneOutput(({ trace, inputs, cotangent }) => inputs.map((input) => trace.mul(input, trace.mul(cotangent, trace.scalar(2))))),
  flops: (inputs) => ({ ...noFlops, elementwise: inputs.reduce((total, { shape }) => total + 2 * sizeOf(shape), 0) }),
  decompose: (trace, [x]) => {
    if (x === undefined) return [];
    const square = trace.mul(x, x);
    return [
      trace.reshape(
        trace.sum(
          square,
          square.type.shape.map((_, axis) => axis),
        ),
        [],
      ),
    ];
  },
};
