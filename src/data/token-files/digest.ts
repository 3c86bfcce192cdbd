/**
 * A digest that distinguishes token files without reading all of them: of the layout, the length, and blocks spread evenly from the first byte to the
 * last. It is bounded, so that resuming a run on 20 GB takes no longer than one on 4 MB; a change between the blocks of a larger file is not noticed.
 */
import { createHash } from 'node:crypto';
import type { FileSystem } from '../../files/file-system.js';
import { readAt } from '../../files/read.js';
import { bytesOfElement } from './elements.js';
import type { TokenLayout } from './token-format.js';

const BLOCKS = 64;
const BLOCK = 1 << 16;

/** Where the blocks of a part of a file begin; they cover all of it where it is short enough. */
export const blocksOf = (begin: number, bytes: number): readonly (readonly [from: number, length: number])[] =>
  bytes <= BLOCKS * BLOCK
    ? [[begin, bytes]]
    : Array.from({ length: BLOCKS }, (_, block) => [begin + Math.floor((block * (bytes - BLOCK)) / (BLOCKS - 1)), BLOCK] as const);

/** SHA-256, in hexadecimal digits. Throws errors of the system. */
export const digestOfTokens = (files: FileSystem, { file, format, type, begin, length }: TokenLayout): string => {
  const hash = createHash('sha256').update(JSON.stringify({ format, type, length }));
  for (const [from, bytes] of blocksOf(begin, length * bytesOfElement[type])) hash.update(readAt(files, file, from, bytes));
  return hash.digest('hex');
};
