/**
 * Writes a file atomically: the complete file is there or none, even if the process dies or the power fails. A temporary name, synced,
 * renamed, the folder synced. No link is followed: a link under either name is replaced. Not here: where writing is allowed (`folder.ts`).
 */

import { dirname } from 'node:path';
import { type Bytes, blocksOf } from '../byte-pieces.js';
import type { FileSystem } from './file-system.js';

/** The suffix of no file that is ever read: a file with it was never finished. */
export const PARTIAL = '.part';

/** Cleans up after a failure. An error of the cleanup itself is ignored, since the first failure is the one to report. */
export const tidy = (action: () => void): void => {
  try {
    action();
  } catch {
    // The caller throws the first failure.
  }
};

export const writeAll = (files: FileSystem, file: number, data: Bytes): void => {
  for (const block of blocksOf(data)) for (let written = 0; written < block.byteLength; ) written += files.write(file, block, written);
};

/**
 * Closes the file whether or not `use` throws. A failure to close is thrown if nothing failed before: it may be the disk's first report
 * that the data were not stored.
 */
export const whileOpen = <A>(files: FileSystem, file: number, use: (file: number) => A): A => {
  let done: A;
  try {
    done = use(file);
  } catch (error) {
    tidy(() => files.close(file));
    throw error;
  }
  files.close(file);
  return done;
};

/** Makes the names in a folder survive a power failure: what was created, renamed or removed there. Windows has no such call, and needs none. */
export const syncFolder = (files: FileSystem, folder: string): void => {
  if (process.platform !== 'win32') whileOpen(files, files.open(folder, 'folder'), files.sync);
};

/** Throws the system's error. In that case the previous file is unchanged, and the temporary file is removed if possible. */
export const writeDurably = (files: FileSystem, path: string, data: Bytes): void => {
  const temporary = `${path}${PARTIAL}`;
  files.remove(temporary);
  try {
    whileOpen(files, files.open(temporary, 'new'), (file) => {
      writeAll(files, file, data);
      files.sync(file);
    });
    files.rename(temporary, path);
  } catch (error) {
    tidy(() => files.remove(temporary));
    throw error;
  }
  syncFolder(files, dirname(path));
};
