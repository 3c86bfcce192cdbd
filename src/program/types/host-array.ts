/** The arrays that hold a tensor's values on the host, by its type. */

import { type DataType, sizeOf, type TensorType } from './tensor-type.js';

/** A copy of the numbers. */
export const hostArrayOf = (dtype: DataType, numbers: ArrayLike<number>): Float32Array | Int32Array =>
  dtype === 'i32' ? Int32Array.from(numbers) : Float32Array.from(numbers);

/** Zeros, as many as the tensor has elements. */
export const zeroArray = ({ dtype, shape }: TensorType): Float32Array | Int32Array =>
  dtype === 'i32' ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
