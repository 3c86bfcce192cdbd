/** nanoGPT's `train.bin` and `val.bin`: bare uint16 without a header. Whatever is not a text is taken for them. */
import * as E from 'fp-ts/lib/Either.js';
import { inputFault } from '../../fault.js';
import { looksLikeText } from './text-like.js';
import type { TokenFormat } from './token-format.js';

export const nanoGpt: TokenFormat = {
  matches: ({ path, size, head }) => size > 0 && path.endsWith('.bin') && !looksLikeText(head, size > head.byteLength),
  layout: ({ path, file, size }) =>
    size % 2 === 0
      ? E.right({ format: "nanoGPT's uint16", path, file, type: 'uint16', begin: 0, length: size / 2 })
      : E.left(
          inputFault(
            `${path}: bare uint16, as nanoGPT writes them, must be a whole number of pairs of bytes (was ${size}); it is cut short, or another format`,
          ),
        ),
};
