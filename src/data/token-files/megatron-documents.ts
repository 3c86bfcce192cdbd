/**
 * Where the documents of Megatron-LM's tokens begin, from the `.idx` file beside them: its list of documents gives the first sequence of each, its
 * list of sequences the first byte of each. Both may be larger than memory, and are searched in place. Not here: the rest of the index
 * (`megatron.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readAt } from '../../files/read.js';
import { messageOf } from '../../thrown.js';
import { firstAtLeast } from '../document-starts.js';
import type { DocumentStarts, TokenStore } from '../token-store.js';

export interface MegatronIndex {
  readonly path: string;
  /** The bytes at which the lists begin: lengths (int32) and first bytes (int64) of the sequences, first sequences (int64) of the documents. */
  readonly begin: number;
  readonly sequences: number;
  /** One more than there are documents: the last entry is where the last one ends. */
  readonly documents: number;
  /** Bytes of a token. */
  readonly width: number;
}

/**
 * A token that ends a document (`--append-eod`) begins the next one.
 *
 * @param store the tokens that the index is of.
 * @param endOfText the token that ends a document, where the tokenizer has one.
 */
export const megatronStarts = (
  files: FileSystem,
  index: MegatronIndex,
  { store, endOfText }: { readonly store: TokenStore; readonly endOfText: number | undefined },
): DocumentStarts => {
  const { path, begin, sequences, documents, width } = index;
  // Stays open as long as the process needs the tokens, like their own file.
  const file = files.open(path, 'read');
  const numberAt = (at: number): number => {
    const bytes = readAt(files, file, at, 8);
    if (bytes.byteLength < 8) throw new Error('it ends before its lists do');
    return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
  };
  /** The position of the token with which a document begins. */
  const startOf = (document: number): number => {
    const sequence = numberAt(begin + 12 * sequences + 8 * document);
    if (!(sequence >= 0 && sequence <= sequences)) throw new Error(`document ${document} begins with sequence ${sequence} of ${sequences}`);
    return sequence === sequences ? Number.POSITIVE_INFINITY : numberAt(begin + 4 * sequences + 8 * sequence) / width;
  };
  /** Where documents begin by the index, from `start` to `end`, that one included. */
  const listed = (start: number, end: number): readonly number[] => {
    const places = new Set<number>();
    for (let document = firstAtLeast(start, documents, startOf); document < documents; document += 1) {
      const place = startOf(document);
      if (place > end) break;
      places.add(place);
    }
    return [...places];
  };
  const cannotRead = (error: unknown): Fault =>
    runFault(`${path}: the documents cannot be read (${messageOf(error)}); put the index back and resume`);
  return (start, tokens) => {
    const places = E.tryCatch(() => listed(start, start + tokens.length), cannotRead);
    if (E.isLeft(places)) return places;
    const found: number[] = [];
    for (const place of places.right.map((each) => each - start)) {
      // Only the first document may begin just after a token that was not read here, so that only its beginning may have to move.
      const before = place > 0 || start === 0 ? E.right(tokens.subarray(place - 1, place)) : store.read(start - 1, 1);
      if (E.isLeft(before)) return before;
      const opens = endOfText !== undefined && before.right[0] === endOfText ? place - 1 : place;
      if (opens >= 0 && opens < tokens.length) found.push(opens);
    }
    return E.right(found);
  };
};
