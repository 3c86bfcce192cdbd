/** Concatenating tensors along an axis, and splitting them again. No FLOPs. */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import type { TensorType } from '../types/tensor-type.js';
import { forOneOutput, type Operation } from './operation.js';

const free = () => noFlops;

const resized = (type: TensorType, axis: number, size: number): TensorType => ({
  ...type,
  shape: type.shape.map((old, at) => (at === axis ? size : old)),
});

const fits = (type: TensorType, axis: number): boolean => Number.isInteger(axis) && axis >= 0 && axis < type.shape.length;

const sizesAlong = (axis: number, types: readonly TensorType[]): readonly number[] => types.map(({ shape }) => shape[axis] ?? 0);

/** The concatenation of the inputs, whose shapes may differ only along the axis. */
export const concat: Operation<{ readonly axis: number }> = {
  shape: (inputs, { axis }) => {
    const [first] = inputs;
    if (first === undefined || !fits(first, axis)) return E.left(`takes at least one tensor that has axis ${axis}`);
    const alike = inputs.every(({ dtype, shape }) => {
      const there = resized(first, axis, shape[axis] ?? 0);
      return dtype === there.dtype && shape.length === there.shape.length && shape.every((size, at) => size === there.shape[at]);
    });
    if (!alike) return E.left(`takes tensors that differ along axis ${axis} only`);
    return E.right([
      resized(
        first,
        axis,
        sizesAlong(axis, inputs).reduce((a, b) => a + b),
      ),
    ]);
  },
  gradient: forOneOutput(({ trace, inputs, cotangent, attributes: { axis } }) =>
    trace.split(
      cotangent,
      axis,
      sizesAlong(
        axis,
        inputs.map(({ type }) => type),
      ),
    ),
  ),
  flops: free,
};

/** Pieces of the given sizes along the axis, in order. */
export const split: Operation<{ readonly axis: number; readonly sizes: readonly number[] }> = {
  shape: ([input], { axis, sizes }) => {
    if (input === undefined || !fits(input, axis)) return E.left(`takes one tensor that has axis ${axis}`);
    return sizes.reduce((a, b) => a + b, 0) === input.shape[axis] && sizes.every((size) => Number.isInteger(size) && size >= 1)
      ? E.right(sizes.map((size) => resized(input, axis, size)))
      : E.left(`pieces of ${sizes} do not make up axis ${axis}`);
  },
  // A piece that the objective does not depend on has a gradient of zeros.
  gradient: ({ trace, outputs, cotangents, attributes: { axis } }) =>
    cotangents.every((cotangent) => cotangent === undefined)
      ? [undefined]
      : [
          trace.concat(
            outputs.map(({ type }, piece) => cotangents[piece] ?? trace.broadcast(trace.scalar(0), type.shape)),
            axis,
          ),
        ],
  flops: free,
};
