/**
 * The largest tensor of a program, and the sentence for a device that cannot hold it in one piece. Not here: what devices hold.
 */
import { type Program, type Shape, sizeOf } from './program.js';

export interface LargestTensor {
  /** As a user knows it: an input's name, or the operation whose result it is. */
  readonly name: string;
  readonly shape: Shape;
  readonly bytes: number;
}

/** Undefined for a program without values. */
export const largestTensor = ({ types, inputs, nodes }: Program): LargestTensor | undefined => {
  const names = new Map([
    ...inputs.map(({ name, value }) => [value, name] as const),
    ...nodes.flatMap(({ operation, outputs }) => outputs.map((value) => [value, `the result of ${operation}`] as const)),
  ]);
  let largest: LargestTensor | undefined;
  for (const [value, name] of names) {
    const { shape = [] } = types[value] ?? {};
    const bytes = 4 * sizeOf(shape);
    if (largest === undefined || bytes > largest.bytes) largest = { name, shape, bytes };
  }
  return largest;
};

/** Rounded so that what is too large is shown larger. */
const mebibytes = (bytes: number, round: (value: number) => number): string => `${round(bytes / 2 ** 20)} MiB`;

/**
 * What a device says that holds at most `limit` bytes in one tensor; undefined where the program fits.
 *
 * @example
 * tooLarge(program, { limit: 2 ** 27, device: 'an adapter' })
 * // 'the result of matmul, [12, 8, 1024, 1024], takes 384 MiB and the device (an adapter) holds at most 128 MiB in one tensor; lower …'
 */
export const tooLarge = (program: Program, { limit, device }: { readonly limit: number; readonly device: string }): string | undefined => {
  const largest = largestTensor(program);
  if (largest === undefined || largest.bytes <= limit) return undefined;
  const { name, shape, bytes } = largest;
  return `${name}, [${shape.join(', ')}], takes ${mebibytes(bytes, Math.ceil)} and the device (${device}) holds at most ${mebibytes(limit, Math.floor)} in one tensor; lower the batch or the context`;
};
