/**
 * The largest tensor of a program, and the sentence for a device that cannot hold it in one piece. Not here: what devices hold.
 */
import { bytesOf, type Program, type Shape, typeIn } from './program.js';

export interface LargestTensor {
  /** Its name for users: an input's name, or the operation whose result it is. */
  readonly name: string;
  readonly shape: Shape;
  readonly bytes: number;
}

/** Undefined for a program without values. */
export const largestTensor = (program: Program): LargestTensor | undefined => {
  const { inputs, nodes } = program;
  const names = new Map([
    ...inputs.map(({ name, value }) => [value, name] as const),
    ...nodes.flatMap(({ operation, outputs }) => outputs.map((value) => [value, `the result of ${operation}`] as const)),
  ]);
  let largest: LargestTensor | undefined;
  for (const [value, name] of names) {
    const type = typeIn(program, value);
    const bytes = bytesOf(type);
    if (largest === undefined || bytes > largest.bytes) largest = { name, shape: type.shape, bytes };
  }
  return largest;
};

/** The properties of a backend that limit the size of a tensor. */
export interface Holder {
  readonly largestTensor?: number;
  readonly device: string;
  /** `none`: it holds no values, so its tensors may have any size. */
  readonly state: 'host' | 'device' | 'none';
}

interface Limit {
  readonly bytes: number;
  readonly of: string;
}

/** The limit of a JavaScript array, in which every value of a tensor is made or read: 2^32 - 1 elements. */
const ofArrays: Limit = { bytes: bytesOf({ dtype: 'f32', shape: [2 ** 32 - 1] }), of: 'an array of JavaScript' };

const limitOf = ({ largestTensor, device, state }: Holder): Limit => {
  const ofDevice: Limit = { bytes: largestTensor ?? Number.POSITIVE_INFINITY, of: `the device (${device})` };
  return state === 'none' || ofDevice.bytes <= ofArrays.bytes ? ofDevice : ofArrays;
};

/** Rounded up, so that a tensor that is too large is also shown as larger than the limit. */
const mebibytes = (bytes: number, round: (value: number) => number): string => `${round(bytes / 2 ** 20)} MiB`;

const beyond = ({ name, shape, bytes }: LargestTensor, limit: Limit, lower: string): string | undefined =>
  bytes <= limit.bytes
    ? undefined
    : `${name}, [${shape.join(', ')}], takes ${mebibytes(bytes, Math.ceil)} and ${limit.of} holds at most ` +
      `${mebibytes(limit.bytes, Math.floor)} in one tensor; lower ${lower}`;

/**
 * Why a backend cannot hold a tensor of the program; undefined where all fit.
 *
 * @example
 * tooLarge(program, { largestTensor: 2 ** 27, device: 'an adapter', state: 'device' })
 * // 'the result of matmul, [12, 8, 1024, 1024], takes 384 MiB and the device (an adapter) holds at most 128 MiB in one tensor; lower …'
 */
export const tooLarge = (program: Program, holder: Holder): string | undefined => {
  const largest = largestTensor(program);
  return largest === undefined ? undefined : beyond(largest, limitOf(holder), 'the batch, the context or the width');
};

/** Why the values of a tensor cannot be made on any backend; undefined where they can. */
export const tooLargeToMake = (name: string, shape: Shape): string | undefined =>
  beyond({ name, shape, bytes: bytesOf({ dtype: 'f32', shape }) }, ofArrays, 'the width, the context or the vocabulary');
