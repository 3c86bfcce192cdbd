/**
 * Where documents begin among tokens, so that attention can stay inside them. What is between two documents, a token that ends one or a line break,
 * begins the second: so each target is predicted only from its own document (its first token only from that separator), as in modded-nanogpt's
 * batches. Pure. Not here: an index that lies in a file (`token-files/megatron-documents.ts`), what a batch makes of it (`batches.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { DocumentStarts, TokenStore } from './token-store.js';

/** Whether attention stays inside a document, or sees all that is before it in the sequence. */
export type Documents = 'joined' | 'separate';

/** Documents begin wherever the tokenizer's end of text is. */
export const startsAtToken =
  (endOfText: number): DocumentStarts =>
  (_, tokens) =>
    E.right(placesOf(tokens, endOfText));

const placesOf = (tokens: Int32Array, token: number): readonly number[] => {
  const places: number[] = [];
  for (let place = tokens.indexOf(token); place >= 0; place = tokens.indexOf(token, place + 1)) places.push(place);
  return places;
};

/** The index of the first of ascending numbers that is at least `wanted`, or their number where there is none. */
export const firstAtLeast = (wanted: number, count: number, numberAt: (index: number) => number): number => {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (numberAt(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Documents begin at these ascending positions of the store.
 *
 * @example
 * startsAt(Float64Array.of(0, 5, 9))(4, Int32Array.of(7, 7, 7)); // right([1])
 */
export const startsAt =
  (places: Float64Array): DocumentStarts =>
  (start, tokens) => {
    const found: number[] = [];
    const first = firstAtLeast(start, places.length, (index) => places[index] ?? 0);
    for (let index = first; index < places.length; index += 1) {
      const place = (places[index] ?? 0) - start;
      if (place >= tokens.length) break;
      found.push(place);
    }
    return E.right(found);
  };

/** The store, whose documents begin there. */
export const withStarts = (store: TokenStore, documentStarts: DocumentStarts): TokenStore => ({ ...store, documentStarts });
