/** Creates a folder with its parents. Not here: its content. */
import { dirname } from 'node:path';
import { codeOf } from '../thrown.js';
import { syncFolder } from './durable.js';
import type { FileSystem } from './file-system.js';

/** Creates one folder, unless it is there: another process may have created it. It survives a power failure from then on. */
export const makeOne = (files: FileSystem, path: string): void => {
  try {
    files.makeFolder(path);
  } catch (error) {
    if (files.look(path)?.kind !== 'folder') throw error;
  }
  syncFolder(files, dirname(path));
};

/**
 * The folder is there, but its name may not be synced: a process may have made it and died. Whoever may not read the folder above cannot sync it,
 * and has not made it.
 */
const keep = (files: FileSystem, path: string): void => {
  try {
    syncFolder(files, dirname(path));
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
  }
};

/** One by one, since Node's own recursion never ends in /proc, where nobody may create a folder. Throws the system's error. */
export const makeFolder = (files: FileSystem, path: string): void => {
  if (files.follow(path)?.kind === 'folder') {
    keep(files, path);
    return;
  }
  makeFolder(files, dirname(path));
  makeOne(files, path);
};
