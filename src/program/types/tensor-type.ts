/** A tensor before it has values: its type, and its number in a program. */
export type DataType = 'f32' | 'i32';
export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: DataType;
  readonly shape: Shape;
}

/** Index into `Program.types`. */
export type ValueId = number;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

const ELEMENT_BYTES: Readonly<Record<DataType, number>> = { f32: 4, i32: 4 };

/** Bytes that the values take. */
export const bytesOf = ({ dtype, shape }: TensorType): number => ELEMENT_BYTES[dtype] * sizeOf(shape);
