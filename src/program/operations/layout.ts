/** Operations that move or create numbers without computing: no FLOPs. */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { type Shape, sameShape, sizeOf, type TensorType } from '../types/tensor-type.js';
import { broadcastShapes, type NoAttributes } from './elementwise.js';
import { forOneOutput, type Operation } from './operation.js';

const free = () => noFlops;

const tensor = (type: TensorType | undefined): E.Either<string, TensorType> =>
  type === undefined ? E.left('takes one tensor') : E.right(type);

/** A scalar that is known when the program is traced. */
export const constant: Operation<{ readonly value: number }> = {
  // Equal operations are found by their JSON, which cannot represent non-finite numbers.
  shape: (_, { value }) => (Number.isFinite(value) ? E.right([{ dtype: 'f32', shape: [] }]) : E.left('takes a finite number')),
  gradient: () => [],
  flops: free,
};

/** [size, size]: 0 where the column is at most the row, else −1e9, which softmax turns into exactly 0. */
export const causalMask: Operation<{ readonly size: number }> = {
  shape: (_, { size }) =>
    Number.isInteger(size) && size >= 1 ? E.right([{ dtype: 'f32', shape: [size, size] }]) : E.left('takes a size of at least 1'),
  gradient: () => [],
  flops: free,
};

export const reshape: Operation<{ readonly shape: Shape }> = {
  shape: ([input], { shape }) => {
    const type = tensor(input);
    if (E.isLeft(type)) return type;
    return sizeOf(type.right.shape) === sizeOf(shape)
      ? E.right([{ ...type.right, shape }])
      : E.left(`[${type.right.shape}] has another size than [${shape}]`);
  },
  gradient: forOneOutput(({ trace, inputs, cotangent }) => inputs.map((input) => trace.reshape(cotangent, input.type.shape))),
  flops: free,
};

/** Axis i of the output is axis permutation[i] of the input. */
export const transpose: Operation<{ readonly permutation: readonly number[] }> = {
  shape: ([input], { permutation }) => {
    const type = tensor(input);
    if (E.isLeft(type)) return type;
    const { shape } = type.right;
    return [...permutation].sort((a, b) => a - b).every((axis, index) => axis === index) && permutation.length === shape.length
      ? E.right([{ ...type.right, shape: permutation.map((axis) => shape[axis] ?? 1) }])
      : E.left(`[${permutation}] is no permutation of the axes of [${shape}]`);
  },
  gradient: forOneOutput(({ trace, cotangent, attributes: { permutation } }) => [
    trace.transpose(
      cotangent,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ]),
  flops: free,
};

/** Repeats along axes of size 1 and new leading axes. */
export const broadcast: Operation<{ readonly shape: Shape }> = {
  shape: ([input], { shape }) => {
    const type = tensor(input);
    if (E.isLeft(type)) return type;
    const joined = broadcastShapes(type.right.shape, shape);
    if (E.isLeft(joined)) return joined;
    return sameShape(joined.right, shape)
      ? E.right([{ ...type.right, shape }])
      : E.left(`[${type.right.shape}] does not broadcast to [${shape}]`);
  },
  gradient: forOneOutput(({ trace, inputs, cotangent }) => inputs.map((input) => trace.sumTo(cotangent, input.type.shape))),
  flops: free,
};

/**
 * (x, …others) → x, which is there once the others are, as a value of its own: what reads it is neither computed earlier nor taken for what reads x.
 * As JAX's `optimization_barrier`. It is traced in gradients only, and is not
 * differentiable itself.
 */
export const barrier: Operation<NoAttributes> = {
  shape: ([input]) => E.map((type: TensorType) => [type])(tensor(input)),
  flops: free,
};
