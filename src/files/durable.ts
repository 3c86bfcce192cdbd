/**
 * Writing a file so that it is there whole or not at all, whatever ends the process or the power: a temporary name, synced, renamed, the
 * folder synced. No link is followed: one under either name is replaced. Not here: where one may write (`folder.ts`).
 */
import { dirname } from 'node:path';
import type { FileSystem } from './file-system.js';

/** Not the name of any file that is read: what bears it was never finished. */
export const PARTIAL = '.part';

/** Tidies up after a failure, whose reason is the one to tell: should this fail as well, that says less. */
export const tidy = (action: () => void): void => {
  try {
    action();
  } catch {
    // The first failure is thrown by whoever calls.
  }
};

export const writeAll = (files: FileSystem, file: number, data: Uint8Array): void => {
  for (let written = 0; written < data.byteLength; ) written += files.write(file, data, written);
};

/** Closes the file whatever comes; a failure to close counts where nothing failed before it, because that is when a disk may say that it kept nothing. */
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

/** The rename itself must outlive a power cut. Windows has no such call, and needs none. */
const syncFolder = (files: FileSystem, folder: string): void => {
  if (process.platform !== 'win32') whileOpen(files, files.open(folder, 'folder'), files.sync);
};

/** Throws what the disk throws; then what was under that name is still there, and the temporary file is gone where that can be. */
export const writeDurably = (files: FileSystem, path: string, data: Uint8Array): void => {
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
