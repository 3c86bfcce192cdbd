/** Creates a folder with its parents. Not here: its content. */
import { dirname } from 'node:path';
import { syncFolder } from './durable.js';
import type { FileSystem } from './file-system.js';

/** Creates one folder, which survives a power failure from then on; another process may have created it meanwhile. */
export const makeOne = (files: FileSystem, path: string): void => {
  try {
    files.makeFolder(path);
  } catch (error) {
    if (files.look(path)?.kind !== 'folder') throw error;
  }
  syncFolder(files, dirname(path));
};

/** One by one, since Node's own recursion never ends in /proc, where nobody may create a folder. Throws the system's error. */
export const makeFolder = (files: FileSystem, path: string): void => {
  if (files.follow(path)?.kind === 'folder') return;
  makeFolder(files, dirname(path));
  makeOne(files, path);
};
