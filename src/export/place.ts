/**
 * The destination of an export: a path that does not exist, or an empty folder. Nothing is replaced, and writing is atomic. Node only.
 */

import { basename, dirname, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { Pieces } from '../byte-pieces.js';
import { type Fault, inputFault } from '../fault.js';
import { unwritable } from '../files/disk-fault.js';
import type { FileSystem } from '../files/file-system.js';
import { Folder } from '../files/folder.js';
import { nodeFiles } from '../files/node-files.js';
import { writeFolder } from '../files/write-folder.js';
import { messageOf } from '../thrown.js';
import type { Exported, ExportFormat } from './export-format.js';

const ANOTHER = 'name another place, or remove it';

/** Why an export cannot be written there; undefined if it can. */
const takenBy = (files: FileSystem, path: string, makes: ExportFormat['makes']): string | undefined => {
  const found = files.look(path)?.kind;
  if (found === undefined) return undefined;
  if (makes === 'file') return `is a ${found} that already exists, and nothing is replaced`;
  if (found !== 'folder') return `must be a folder (was a ${found})`;
  const [first] = [...files.list(path)].sort();
  return first === undefined ? undefined : `must be an empty folder, or one that does not exist yet (it has ${first} in it)`;
};

const asFault =
  (path: string) =>
  (error: unknown): Fault =>
    unwritable(error, `${path} could not be written (${messageOf(error)})`, 'name another place');

/** Left: something exists there. */
export const isFree = (path: string, makes: ExportFormat['makes'], files: FileSystem = nodeFiles): E.Either<Fault, void> => {
  const taken = E.tryCatch(() => takenBy(files, path, makes), asFault(path));
  if (E.isLeft(taken)) return taken;
  return taken.right === undefined ? E.right(undefined) : E.left(inputFault(`${path} ${taken.right}; ${ANOTHER}`));
};

/**
 * Writes the export, and creates parent folders. Left: something exists there, the disk is full (of kind `run`), or the place cannot be
 * written to.
 */
export const putAt = (path: string, exported: Pick<Exported, 'content'>, files: FileSystem = nodeFiles): E.Either<Fault, void> => {
  const content = exported.content();
  const isFile = content instanceof Uint8Array || content instanceof Pieces;
  const free = isFree(path, isFile ? 'file' : 'folder', files);
  if (E.isLeft(free)) return free;
  return E.tryCatch(() => {
    const whole = resolve(path);
    const parent = Folder.at(dirname(whole), files);
    parent.make();
    if (isFile) parent.write(basename(whole), content);
    else writeFolder(parent, basename(whole), content);
  }, asFault(path));
};
