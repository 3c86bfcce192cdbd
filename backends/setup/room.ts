/** Whether the cache folder can be created and has room for what is to be installed. */
import { statfs } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../../src/fault.js';
import { makeFolder } from '../../src/files/make-folder.js';
import { nodeFiles } from '../../src/files/node-files.js';
import { cacheFolder } from './cache-folder.js';

export const GIB = 2 ** 30;

/** @param need the most bytes on the disk at any time, download and unpacked files together. */
export const checkRoom = async (need: number): Promise<E.Either<Fault, void>> => {
  const folder = cacheFolder();
  const made = E.tryCatch(() => makeFolder(nodeFiles, folder), E.toError);
  if (E.isLeft(made))
    return E.left(runFault(`cannot make the folder ${folder} (${made.left.message}); set VCYCLE_CACHE to a folder that you can write`));
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= need) return E.right(undefined);
  return E.left(
    runFault(
      `needs ${need / GIB} GiB of disk in ${folder} (was ${(free / GIB).toFixed(1)} GiB free); make room, or set VCYCLE_CACHE to a folder that has it`,
    ),
  );
};
