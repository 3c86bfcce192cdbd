/** One token per byte of UTF-8: 256 in all, for any text, with nothing to learn first. */
import * as E from 'fp-ts/lib/Either.js';
import { decodeBytes } from './byte-strings.js';
import type { Tokenizer } from './tokenizer.js';

const BYTES = 256;

const single = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));

/**
 * @example
 * byteTokenizer.encode('é') // right(Int32Array [195, 169])
 */
export const byteTokenizer: Tokenizer = {
  kind: 'bytes',
  name: 'bytes',
  vocabulary: BYTES,
  endOfText: undefined,
  encode: (text) => E.right(Int32Array.from(new TextEncoder().encode(text))),
  decode: (tokens) => decodeBytes(tokens, (token) => single[token], BYTES),
  bytesOf: () => 1,
  toJSON: () => ({ kind: 'bytes' }),
};
