/**
 * Bytes that may be more than an array holds (4 GiB in Node 20): a checkpoint, the weights of a large model. One array, or several, one after another,
 * as they were made or read; nothing is copied to join them. Pure. Not here: disks (`src/files`), formats.
 */

export class Pieces {
  readonly byteLength: number;

  constructor(readonly list: readonly Uint8Array[]) {
    this.byteLength = list.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

export type Bytes = Uint8Array | Pieces;

export const piecesOf = (bytes: Bytes): readonly Uint8Array[] => (bytes instanceof Pieces ? bytes.list : [bytes]);

/** One after another. */
export const concatenated = (...all: readonly Bytes[]): Bytes => new Pieces(all.flatMap(piecesOf));

/** From `begin` up to `end`, as views. */
const views = (bytes: Bytes, begin: number, end: number): readonly Uint8Array[] => {
  const found: Uint8Array[] = [];
  let at = 0;
  for (const piece of piecesOf(bytes)) {
    const [from, to] = [Math.max(begin - at, 0), Math.min(end - at, piece.byteLength)];
    if (from < to) found.push(piece.subarray(from, to));
    at += piece.byteLength;
  }
  return found;
};

/** All bytes in a new array. Throws a RangeError where they are more than an array holds. */
export const copied = (bytes: Bytes): Uint8Array => {
  const all = new Uint8Array(bytes.byteLength);
  let at = 0;
  for (const piece of piecesOf(bytes)) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
};

/**
 * All bytes in one array, which is that of the bytes where they lie in one. Throws a RangeError where they are more than an array holds.
 *
 * @example joined(concatenated(Uint8Array.of(1), Uint8Array.of(2, 3))) // Uint8Array [1, 2, 3]
 */
export const joined = (bytes: Bytes): Uint8Array => {
  const [first, ...others] = piecesOf(bytes);
  return first !== undefined && others.length === 0 ? first : copied(bytes);
};

/** Those from `begin` up to `end`, or to their end: a view where they lie in one array, and a copy where they do not. */
export const part = (bytes: Bytes, begin: number, end: number = bytes.byteLength): Uint8Array =>
  bytes instanceof Pieces ? joined(new Pieces(views(bytes, begin, end))) : bytes.subarray(begin, end);

/** Those from `begin` on, as views. */
export const after = (bytes: Bytes, begin: number): Bytes =>
  bytes instanceof Pieces ? new Pieces(views(bytes, begin, bytes.byteLength)) : bytes.subarray(begin);

/** Pieces below this size are written together. */
const BLOCK = 1 << 24;

/**
 * The same in arrays to be written one by one: small pieces together, in memory that the next block uses again; large ones as they are.
 *
 * @param size of a block
 */
export function* blocksOf(bytes: Bytes, size = BLOCK): Generator<Uint8Array> {
  let block: Uint8Array | undefined;
  let filled = 0;
  for (const piece of piecesOf(bytes)) {
    if (block !== undefined && filled > 0 && filled + piece.byteLength > size) {
      yield block.subarray(0, filled);
      filled = 0;
    }
    if (piece.byteLength >= size) yield piece;
    else {
      block ??= new Uint8Array(Math.min(size, bytes.byteLength));
      block.set(piece, filled);
      filled += piece.byteLength;
    }
  }
  if (block !== undefined && filled > 0) yield block.subarray(0, filled);
}
