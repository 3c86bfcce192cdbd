/**
 * What tells a token file from another without reading all of it: its layout and length, and blocks spread evenly from its first byte to its last.
 * Bounded, so that resuming a run on 20 GB takes no longer than one on 4 MB; a change that falls between the blocks of a larger file is not seen.
 */
import { createHash } from 'node:crypto';
import type { FileSystem } from '../../files/file-system.js';
import { readAt } from '../../files/read.js';
import { bytesOfElement } from './elements.js';
import type { TokenLayout } from './token-format.js';

const BLOCKS = 64;
const BLOCK = 1 << 16;

/** Where blocks of a part of a file begin; all of it where it is no longer than they are. */
export const blocksOf = (begin: number, bytes: number): readonly (readonly [from: number, length: number])[] =>
  bytes <= BLOCKS * BLOCK
    ? [[begin, bytes]]
    : Array.from({ length: BLOCKS }, (_, block) => [begin + Math.floor((block * (bytes - BLOCK)) / (BLOCKS - 1)), BLOCK] as const);

/** SHA-256, in hexadecimal digits. Throws what the system says. */
export const digestOfTokens = (files: FileSystem, { file, format, type, begin, length }: TokenLayout): string => {
  const hash = createHash('sha256').update(JSON.stringify({ format, type, length }));
  for (const [from, bytes] of blocksOf(begin, length * bytesOfElement[type])) hash.update(readAt(files, file, from, bytes));
  return hash.digest('hex');
};
