/**
 * Messages between vcycle and its worker as bytes; `worker/wire.py` is the other end. A message is 4 bytes (the length of the header) and 8 bytes (the
 * length of all tensors after it), both little-endian; the header, JSON in UTF-8, whose key `tensors` gives the dtype and shape of each tensor; and the
 * tensors' raw bytes, row-major, in that order. Not here: what messages mean (`backend.ts`), who sends them (`process.ts`).
 */
import type { HostTensor, TensorData } from '../../src/backend.js';
import { bytesOf, type TensorType } from '../../src/program/program.js';

/** The content of a message apart from its tensors. */
export type Header = Readonly<Record<string, unknown>>;

export interface Message {
  readonly header: Header;
  readonly tensors: readonly HostTensor[];
}

const PREFIX_BYTES = 12;

/** One system call writes less than 2 GiB. */
const PIECE = 2 ** 30;

const described = ({ dtype, shape }: TensorType): readonly [string, readonly number[]] => [dtype, shape];

/** The bytes of a tensor: a view, or a converted copy if the worker uses another type. */
const rawBytes = ({ type, data }: HostTensor): Uint8Array => {
  const values: TensorData =
    type.dtype === 'i32'
      ? data instanceof Int32Array
        ? data
        : Int32Array.from(data)
      : data instanceof Float32Array
        ? data
        : Float32Array.from(data);
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
};

/** The pieces to write, in order. Tensors are not copied, so they must not change until they are written. */
export const framesOf = (header: Header, tensors: readonly HostTensor[]): readonly Uint8Array[] => {
  const text = Buffer.from(JSON.stringify({ ...header, tensors: tensors.map(({ type }) => described(type)) }));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeBigUInt64LE(BigInt(tensors.reduce((sum, { type }) => sum + bytesOf(type), 0)), 4);
  const pieces = tensors.flatMap((tensor) => {
    const bytes = rawBytes(tensor);
    return Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, index) => bytes.subarray(index * PIECE, (index + 1) * PIECE));
  });
  return [Buffer.concat([prefix, text]), ...pieces];
};

/** The tensors after a header, as views of their bytes; each begins at a multiple of four, as typed arrays require. */
const tensorsOf = (header: Header, bytes: ArrayBuffer): readonly HostTensor[] => {
  let at = 0;
  return ((header.tensors ?? []) as readonly (readonly [TensorType['dtype'], readonly number[]])[]).map(([dtype, shape]) => {
    const type: TensorType = { dtype, shape };
    const size = bytesOf(type) / 4;
    const data = dtype === 'i32' ? new Int32Array(bytes, at, size) : new Float32Array(bytes, at, size);
    at += bytesOf(type);
    return { type, data };
  });
};

/** Assembles messages from the pieces in which a socket delivers them. */
export class MessageReader {
  #filling = Buffer.alloc(PREFIX_BYTES);
  #filled = 0;
  #part: 'prefix' | 'header' | 'tensors' = 'prefix';
  #behind = 0;
  #header: Header = {};

  constructor(private readonly told: (message: Message) => void) {}

  push(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length) {
      const count = Math.min(chunk.length - from, this.#filling.length - this.#filled);
      this.#filling.set(chunk.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      while (this.#filled === this.#filling.length) this.#next();
    }
  }

  #expect(part: 'prefix' | 'header' | 'tensors', bytes: number): void {
    this.#part = part;
    // A separate buffer, so that tensors can be views of it.
    this.#filling = Buffer.from(new ArrayBuffer(bytes));
    this.#filled = 0;
  }

  #next(): void {
    const whole = this.#filling;
    if (this.#part === 'prefix') {
      this.#behind = Number(whole.readBigUInt64LE(4));
      this.#expect('header', whole.readUInt32LE(0));
    } else if (this.#part === 'header') {
      this.#header = JSON.parse(whole.toString());
      this.#expect('tensors', this.#behind);
    } else {
      const message = { header: this.#header, tensors: tensorsOf(this.#header, whole.buffer as ArrayBuffer) };
      this.#expect('prefix', PREFIX_BYTES);
      this.told(message);
    }
  }
}
