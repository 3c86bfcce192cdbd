/**
 * The safetensors file format (github.com/huggingface/safetensors): eight bytes of header length, a JSON header, the tensors' bytes. Bytes to tensors
 * and back, for F32, F64 and I32; F16 and BF16 are read as F32, which represents all their values. Not here: disks, and the meaning of tensor names
 * (`gpt-hugging-face.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import { match } from 'ts-pattern';
import { after, type Bytes, concatenated, part } from '../byte-pieces.js';
import { type Fault, inputFault } from '../fault.js';
import { isJsonObject, type JsonObject } from '../json-object.js';
import { sizeOf } from '../program/program.js';
import { shownValue } from '../shown-value.js';
import { widenBf16, widenF16 } from './half-precision.js';

export type SafeTensor =
  | { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'F64'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly dtype: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array };

export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** Free text by name; `format: 'pt'` tells Hugging Face's loaders whose layout the tensors follow. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The end of the header, and every tensor, is aligned to a multiple of this. */
const ALIGNMENT = 8;
const LENGTH_BYTES = 8;
const ELEMENT_BYTES = { F32: 4, F64: 8, I32: 4, F16: 2, BF16: 2 } as const;
type ReadDtype = keyof typeof ELEMENT_BYTES;
const READ = Object.keys(ELEMENT_BYTES) as readonly ReadDtype[];
const METADATA = '__metadata__';

/**
 * The bytes of a safetensors file; tensors are in the map's order, and stay where they are. Throws a RangeError where a tensor's data do not fit its shape.
 *
 * @example
 * const bytes = encodeSafetensors(new Map([['bias', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]), { format: 'pt' });
 */
export const encodeSafetensors = (tensors: ReadonlyMap<string, SafeTensor>, metadata: Readonly<Record<string, string>> = {}): Bytes => {
  let end = 0;
  const entries = [...tensors].map(([name, { dtype, shape, data }]) => {
    if (data.length !== sizeOf(shape)) throw new RangeError(`${name}: ${data.length} values do not fill the shape [${shape}]`);
    const begin = end;
    end += data.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = new TextEncoder().encode(
    JSON.stringify({ ...(Object.keys(metadata).length > 0 ? { [METADATA]: metadata } : {}), ...Object.fromEntries(entries) }),
  );
  const start = LENGTH_BYTES + Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  const head = new Uint8Array(start);
  head.fill(0x20, LENGTH_BYTES); // the format pads its header with spaces
  new DataView(head.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  head.set(header, LENGTH_BYTES);
  // The format is little-endian, as is every processor that runs JavaScript engines today.
  const data = [...tensors.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return concatenated(head, ...data);
};

/**
 * Reads what `encodeSafetensors` (or any other writer) wrote. Tensors lie in the file's bytes where they can, since a model may be a large part of the
 * memory: whoever changes one changes the other. Left: a truncated file, a header that does not fit it, a dtype that is not supported.
 *
 * @param ignored tensors that are skipped, of any dtype.
 */
export const decodeSafetensors = (bytes: Bytes, ignored: (name: string) => boolean = () => false): E.Either<Fault, SafeTensors> => {
  const found = headerOf(bytes);
  const tensors = E.isLeft(found) ? found : tensorsOf(after(bytes, found.right.start), found.right.header, ignored);
  return E.mapLeft(({ message, fix }: Wrong) => inputFault(`safetensors: ${message}; ${fix}`))(tensors);
};

/** What is wrong with a file, and the remedy: it differs between damaged files and unsupported ones. */
interface Wrong {
  readonly message: string;
  readonly fix: string;
}

const damaged = <A = never>(message: string): E.Either<Wrong, A> =>
  E.left({ message, fix: 'put back a whole copy of the file, or name another one' });

export const CONVERT = 'convert the model to F32, in Python with model.float().save_pretrained(FOLDER)';

/** The format's dtypes that are not supported: a file with one of them is intact. */
const OTHERS: ReadonlySet<unknown> = new Set('BOOL U8 I8 U16 I16 U32 I64 U64 C64 F4 F6_E2M3 F6_E3M2 F8_E4M3 F8_E5M2 F8_E8M0'.split(' '));

const NO_HEADER = 'the header is not JSON; this is another kind of file, or a damaged one';

/** `{`, with which a header begins. */
const BRACE = 0x7b;

const headerOf = (bytes: Bytes): E.Either<Wrong, { readonly header: JsonObject; readonly start: number }> => {
  const size = bytes.byteLength;
  if (size < LENGTH_BYTES) return damaged(`the file must begin with its header's length in 8 bytes (was ${size} bytes long)`);
  const first = part(bytes, 0, LENGTH_BYTES + 1);
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  const start = LENGTH_BYTES + length;
  if (start > size) {
    // Any eight bytes are a number. Only where a header begins after them is it a length.
    if (size > LENGTH_BYTES && first[LENGTH_BYTES] !== BRACE) return damaged(NO_HEADER);
    return damaged(`the header is said to be ${length} bytes long, and the file ends after ${size}; it is cut short`);
  }
  const header = J.parse(new TextDecoder().decode(part(bytes, LENGTH_BYTES, start)));
  if (E.isLeft(header)) return damaged(NO_HEADER);
  return isJsonObject(header.right)
    ? E.right({ header: header.right, start })
    : damaged('the header must be a JSON object of tensors by name');
};

const tensorsOf = (body: Bytes, header: JsonObject, ignored: (name: string) => boolean): E.Either<Wrong, SafeTensors> => {
  const { [METADATA]: metadata = {}, ...entries } = header;
  if (!isJsonObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    return damaged(`${METADATA} must hold strings by name`);
  }
  const tensors = new Map<string, SafeTensor>();
  let covered = 0;
  for (const [name, entry] of Object.entries(entries).sort(([, a], [, b]) => beginOf(a) - beginOf(b))) {
    if (ignored(name)) {
      covered = endOf(entry, covered);
      continue;
    }
    const tensor = tensorOf(body, name, entry, covered);
    if (E.isLeft(tensor)) return tensor;
    covered = tensor.right.end;
    tensors.set(name, tensor.right.tensor);
  }
  if (covered !== body.byteLength)
    return damaged(`the tensors fill ${covered} bytes, and the file holds ${body.byteLength} after its header`);
  return E.right({ tensors, metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, String(value)])) });
};

/** The end of the tensor in the body. */
interface Placed {
  readonly tensor: SafeTensor;
  readonly end: number;
}

const isRead = (dtype: unknown): dtype is ReadDtype => READ.some((each) => each === dtype);

const tensorOf = (body: Bytes, name: string, entry: unknown, begin: number): E.Either<Wrong, Placed> => {
  const { dtype, shape, data_offsets: offsets } = isJsonObject(entry) ? entry : {};
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    return damaged(`${name}: its header must give a shape and two data_offsets, all whole numbers from 0`);
  }
  if (!isRead(dtype)) {
    const message = `${name}: the dtype must be F32, F64, I32, F16 or BF16 (was ${shownValue(dtype)})`;
    return OTHERS.has(dtype) ? E.left({ message, fix: CONVERT }) : damaged(message);
  }
  const end = begin + ELEMENT_BYTES[dtype] * sizeOf(shape);
  if (offsets[0] !== begin || offsets[1] !== end) {
    return damaged(
      `${name}: ${dtype} of shape [${shape}] must lie at bytes ${begin} to ${end} of the data (was ${offsets[0]} to ${offsets[1]})`,
    );
  }
  if (end > body.byteLength)
    return damaged(`${name}: its data end at byte ${end}, and the file holds ${body.byteLength} after its header; it is cut short`);
  const { buffer, byteOffset, byteLength } = aligned(part(body, begin, end), ELEMENT_BYTES[dtype]);
  const count = byteLength / ELEMENT_BYTES[dtype];
  const tensor = match(dtype)
    .returnType<SafeTensor>()
    .with('F32', (dtype) => ({ dtype, shape, data: new Float32Array(buffer, byteOffset, count) }))
    .with('F64', (dtype) => ({ dtype, shape, data: new Float64Array(buffer, byteOffset, count) }))
    .with('I32', (dtype) => ({ dtype, shape, data: new Int32Array(buffer, byteOffset, count) }))
    .with('F16', () => ({ dtype: 'F32', shape, data: widenF16(new Uint16Array(buffer, byteOffset, count)) }))
    .with('BF16', () => ({ dtype: 'F32', shape, data: widenBf16(new Uint16Array(buffer, byteOffset, count)) }))
    .exhaustive();
  return E.right({ tensor, end });
};

/** Bytes that numbers of a size can be read from: where they lie, in a copy (which `slice` of Node's Buffer is not) where they are between two numbers. */
const aligned = (bytes: Uint8Array, size: number): Uint8Array => (bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes));

/** The description of a skipped tensor, by its header as far as possible. */
const endOf = (entry: unknown, begin: number): number => {
  const [, end = begin] = isJsonObject(entry) && isSizes(entry.data_offsets) ? entry.data_offsets : [];
  return Math.max(begin, end);
};

const beginOf = (entry: unknown): number =>
  isJsonObject(entry) && isSizes(entry.data_offsets) && entry.data_offsets[0] !== undefined ? entry.data_offsets[0] : 0;

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
