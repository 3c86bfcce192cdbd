/** A run folder under an unused name. Not here: what is in it (`disk-folder.ts`). */
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { unwritable } from '../../files/disk-fault.js';
import { syncFolder } from '../../files/durable.js';
import type { FileSystem } from '../../files/file-system.js';
import { Folder } from '../../files/folder.js';
import { makeFolder } from '../../files/make-folder.js';
import { nodeFiles } from '../../files/node-files.js';
import { codeOf, messageOf } from '../../thrown.js';
import { DiskFolder } from './disk-folder.js';
import type { RunPlace } from './run-folder.js';

/** Creating a folder is atomic: of two processes that want the same name, one gets it. */
const isTaken = (files: FileSystem, path: string): boolean => {
  try {
    files.makeFolder(path);
    return false;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return true;
    throw error;
  }
};

/** The first unused one of `path`, `path-2`, `path-3`, …; created, and empty. Throws errors of the system. */
const claim = (files: FileSystem, path: string): string => {
  makeFolder(files, dirname(path));
  let claimed = path;
  for (let number = 2; isTaken(files, claimed); number++) claimed = `${path}-${number}`;
  syncFolder(files, dirname(path));
  return claimed;
};

/**
 * A folder of this path, or the next one that is free: runs that begin within one second (job arrays, xargs) want the same name.
 *
 * @example
 * run(schedule, dataset, { backend, folder: inNewFolder('runs/demo-20260131-235959'), listeners: [] }) // or runs/demo-20260131-235959-2
 */
export const inNewFolder = (path: string, files: FileSystem = nodeFiles): RunPlace => ({
  isFree: () => E.right(undefined),
  create: () => {
    const claimed = E.tryCatch(
      () => claim(files, path),
      (error) => unwritable(error, `${path} cannot be made (${messageOf(error)})`, 'name another folder', 'another folder'),
    );
    return E.isLeft(claimed) ? claimed : DiskFolder.create(Folder.at(claimed.right, files), 'made');
  },
});
