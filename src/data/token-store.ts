/**
 * Tokens behind one interface, wherever they are: in memory, or in files larger than memory that are read in place. Reading is synchronous, so that
 * batches stay pure functions of seed and step. A file may be truncated or overwritten while a run reads it, so reading returns an Either.
 * Browser-safe. Not here: files and their formats (`token-files/`), drawing (`batches.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../fault.js';

export interface TokenStore {
  /** Tokens in all. */
  readonly length: number;
  /**
   * Tokens `start` … `start + count - 1`, as a copy that the caller may keep. Left: a file that can no longer be read, or that contains an id outside
   * its vocabulary. Throws a RangeError beyond the end, which a caller knows beforehand.
   *
   * @example
   * storeOf(Int32Array.of(5, 6, 7)).read(1, 2); // right(Int32Array [6, 7])
   */
  read(start: number, count: number): E.Either<Fault, Int32Array>;
  /** Where documents begin; absent where nobody asked for it (`document-starts.ts`). */
  readonly documentStarts?: DocumentStarts;
}

/**
 * Which of the tokens that were read from `start` on begin a document: their indices in `tokens`, ascending. Left: a file that can no longer be read.
 */
export type DocumentStarts = (start: number, tokens: Int32Array) => E.Either<Fault, readonly number[]>;

const within = (length: number, start: number, count: number): void => {
  if (!(start >= 0 && count >= 0 && start + count <= length))
    throw new RangeError(`tokens ${start} to ${start + count} of a store of ${length}`);
};

/** Tokens in memory. */
export const storeOf = (tokens: Int32Array): TokenStore => ({
  length: tokens.length,
  read: (start, count) => {
    within(tokens.length, start, count);
    return E.right(tokens.slice(start, start + count));
  },
});

/** Tokens that are made when one is read for the first time. */
export const storeWhenRead = (length: number, make: () => E.Either<Fault, Int32Array>): TokenStore => {
  let made: E.Either<Fault, TokenStore> | undefined;
  return {
    length,
    read: (start, count) => {
      made ??= E.map(storeOf)(make());
      return E.isLeft(made) ? made : made.right.read(start, count);
    },
  };
};

/** Tokens `from` … `to - 1` of a store, as a store. */
export const partOf = (store: TokenStore, from: number, to: number): TokenStore => {
  within(store.length, from, to - from);
  const length = to - from;
  const { documentStarts } = store;
  return {
    length,
    read: (start, count) => {
      within(length, start, count);
      return store.read(from + start, count);
    },
    ...(documentStarts === undefined ? {} : { documentStarts: (start, tokens) => documentStarts(from + start, tokens) }),
  };
};

/** Consecutive stores as one. A read may cross from one into the next. */
export const joined = (stores: readonly TokenStore[]): TokenStore => {
  const [only] = stores;
  if (only !== undefined && stores.length === 1) return only;
  const begins: number[] = [];
  let length = 0;
  for (const store of stores) {
    begins.push(length);
    length += store.length;
  }
  /** The last store that begins at or before a position. */
  const storeAt = (place: number): number => {
    let [low, high] = [0, begins.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((begins[middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  /** The stores that a range covers: each with its own range, and where that is in the whole. */
  function* piecesOf(start: number, count: number): Generator<{ readonly store: TokenStore; readonly at: number; readonly done: number }> {
    for (let done = 0; done < count; ) {
      const index = storeAt(start + done);
      const store = stores[index];
      if (store === undefined) throw new Error('every place within the length lies in a store');
      const at = start + done - (begins[index] ?? 0);
      yield { store, at, done };
      done += Math.min(count - done, store.length - at);
    }
  }
  const documentStarts: DocumentStarts = (start, tokens) => {
    const found: number[] = [];
    for (const { store, at, done } of piecesOf(start, tokens.length)) {
      const own = store.documentStarts?.(at, tokens.subarray(done, done + store.length - at)) ?? E.right([]);
      if (E.isLeft(own)) return own;
      for (const place of own.right) found.push(done + place);
    }
    return E.right(found);
  };
  return {
    length,
    read: (start, count) => {
      within(length, start, count);
      const tokens = new Int32Array(count);
      for (const { store, at, done } of piecesOf(start, count)) {
        const piece = store.read(at, Math.min(count - done, store.length - at));
        if (E.isLeft(piece)) return piece;
        tokens.set(piece.right, done);
      }
      return E.right(tokens);
    },
    ...(stores.some((store) => store.documentStarts !== undefined) ? { documentStarts } : {}),
  };
};
