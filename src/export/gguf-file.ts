/**
 * GGUF, version 3, the file format of llama.cpp: named values, then tensors of 32-bit floats, all little-endian. Pure. Not here: the names
 * (`gguf.ts`). Follows the format's description in ggml, docs/gguf.md.
 */

import { match } from 'ts-pattern';
import { type Bytes, concatenated } from '../byte-pieces.js';
import { sizeOf } from '../program/program.js';

/** A named value; all elements of a list have the same type. */
export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int32s'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] };

export interface GgufFileTensor {
  /** Row-major; the file lists the sizes from the last axis to the first. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const MAGIC = 'GGUF';
const VERSION = 3;
/** Alignment of the tensors' data in the file, and of each tensor in the data. */
const ALIGNMENT = 32;
const TYPES = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;
const F32 = 0;

const aligned = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

/** A byte buffer that doubles its capacity as needed. */
class Growing {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  length = 0;
  readonly #utf8 = new TextEncoder();

  /** Ensures room and returns the offset of the next bytes. */
  #room(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  // Room first, since making it may replace the view through which the value is written.

  byte(value: number): void {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
  }

  uint32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  int32(value: number): void {
    const at = this.#room(4);
    this.#view.setInt32(at, value, true);
  }

  float32(value: number): void {
    const at = this.#room(4);
    this.#view.setFloat32(at, value, true);
  }

  uint64(value: number): void {
    const at = this.#room(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  string(value: string): void {
    const bytes = this.#utf8.encode(value);
    this.uint64(bytes.length);
    this.raw(bytes);
  }

  get all(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

const addList = <A>(to: Growing, type: number, values: readonly A[], add: (value: A) => void): void => {
  to.uint32(TYPES.array);
  to.uint32(type);
  to.uint64(values.length);
  values.forEach(add);
};

const addSingle = (to: Growing, type: number, add: () => void): void => {
  to.uint32(type);
  add();
};

const addValue = (to: Growing, given: GgufValue): void =>
  match(given)
    .with({ type: 'int32s' }, ({ value }) => addList(to, TYPES.int32, value, (each) => to.int32(each)))
    .with({ type: 'strings' }, ({ value }) => addList(to, TYPES.string, value, (each) => to.string(each)))
    .with({ type: 'string' }, ({ value }) => addSingle(to, TYPES.string, () => to.string(value)))
    .with({ type: 'bool' }, ({ value }) => addSingle(to, TYPES.bool, () => to.byte(value ? 1 : 0)))
    .with({ type: 'uint32' }, ({ value }) => addSingle(to, TYPES.uint32, () => to.uint32(value)))
    .with({ type: 'float32' }, ({ value }) => addSingle(to, TYPES.float32, () => to.float32(value)))
    .exhaustive();

/** The file's bytes; values and tensors are in the order of the maps. */
export const ggufFile = (values: ReadonlyMap<string, GgufValue>, tensors: ReadonlyMap<string, GgufFileTensor>): Bytes => {
  const header = new Growing();
  header.raw(new TextEncoder().encode(MAGIC));
  header.uint32(VERSION);
  header.uint64(tensors.size);
  header.uint64(values.size);
  for (const [key, value] of values) {
    header.string(key);
    addValue(header, value);
  }
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== sizeOf(shape)) throw new RangeError(`${name}: the shape [${shape}] must have ${data.length} values`);
    header.string(name);
    header.uint32(shape.length);
    for (const size of [...shape].reverse()) header.uint64(size);
    header.uint32(F32);
    header.uint64(aligned(end));
    end = aligned(end) + data.byteLength;
  }
  const data = [...tensors.values()].flatMap((tensor) => padded(littleEndian(tensor.data)));
  return concatenated(...padded(header.all), ...data);
};

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const littleEndian = (data: Float32Array): Uint8Array => {
  if (LITTLE) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const view = new DataView(new ArrayBuffer(data.byteLength));
  data.forEach((value, index) => {
    view.setFloat32(4 * index, value, true);
  });
  return new Uint8Array(view.buffer);
};

/** Bytes, and zeros up to where the next ones begin. */
const padded = (bytes: Uint8Array): readonly Uint8Array[] => [bytes, new Uint8Array(aligned(bytes.byteLength) - bytes.byteLength)];
