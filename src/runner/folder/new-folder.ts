/**
 * A run folder under a name that nobody has. Not here: what stands in it (`disk-folder.ts`).
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { inputFault } from '../../fault.js';
import { makeFolder } from '../../make-folder.js';
import { DiskFolder } from './disk-folder.js';
import { type Disk, nodeDisk } from './durable.js';
import type { RunPlace } from './run-folder.js';

/** Making a folder is one act of the file system: of two that want the same name, one gets it. */
const isTaken = (path: string): boolean => {
  try {
    mkdirSync(path);
    return false;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return true;
    throw error;
  }
};

/** The first of `path`, `path-2`, `path-3`, … that nobody has; made, and empty. Throws what Node throws. */
const claim = (path: string): string => {
  makeFolder(dirname(path));
  let claimed = path;
  for (let number = 2; isTaken(claimed); number++) claimed = `${path}-${number}`;
  return claimed;
};

/**
 * A folder of this path, or the next one that is free: runs that begin within one second (job arrays, xargs) want the same name.
 *
 * @example
 * run(schedule, dataset, { backend, folder: inNewFolder('runs/demo-20260131-235959'), listeners: [] }) // or runs/demo-20260131-235959-2
 */
export const inNewFolder = (path: string, disk: Disk = nodeDisk): RunPlace => ({
  isFree: () => E.right(undefined),
  create: () =>
    pipe(
      E.tryCatch(
        () => claim(path),
        (error) =>
          inputFault(
            `${path} cannot be made (${error instanceof Error ? error.message : String(error)}); name another folder`,
            'another folder',
          ),
      ),
      E.chain((claimed) => DiskFolder.create(claimed, disk)),
    ),
});
