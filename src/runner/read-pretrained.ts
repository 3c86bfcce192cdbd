/**
 * Reads a saved model from the disk as initial weights, with their digest. Node only. Not here: whether they fit a schedule (`initial-weights.ts`).
 */

import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import type { Bytes } from '../byte-pieces.js';
import { checksum } from '../data/checksum.js';
import { readHuggingFace } from '../model/hugging-face-folder.js';
import { readModelFolder } from '../model/model-folder.js';
import { type Pretrained, pretrainedOf } from '../model/pretrained.js';
import type { PretrainedReader, ReadPretrained } from './initial-weights.js';
import { at, huggingFaceFiles, savedFiles } from './saved-files.js';

/** Of all files by name, independent of their order. */
const digestOfFiles = (files: ReadonlyMap<string, Bytes>): string => {
  const each = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = each.map(([name, bytes]) => `${checksum(bytes)}  ${name}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
};

const withDigest =
  (files: ReadonlyMap<string, Bytes>) =>
  (read: Pretrained): ReadPretrained => ({ ...read, digest: digestOfFiles(files) });

export const readPretrained: PretrainedReader = (path) => {
  const theirs = huggingFaceFiles(path);
  if (E.isLeft(theirs)) return theirs;
  if (theirs.right !== undefined) {
    const { config, shards, all } = theirs.right;
    return E.bimap(at(path), withDigest(all))(readHuggingFace(config, shards));
  }
  const files = savedFiles(path);
  if (E.isLeft(files)) return files;
  const saved = readModelFolder(files.right);
  const pretrained = E.isLeft(saved) ? saved : pretrainedOf(saved.right);
  return E.bimap(at(path), withDigest(files.right))(pretrained);
};
