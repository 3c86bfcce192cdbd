/** Makes a folder, with its parents. Not here: what is put into it. */
import { dirname } from 'node:path';
import type { FileSystem } from './file-system.js';

/** Makes one folder; another process may have made it meanwhile. */
export const makeOne = (files: FileSystem, path: string): void => {
  try {
    files.makeFolder(path);
  } catch (error) {
    if (files.look(path)?.kind !== 'folder') throw error;
  }
};

/** One by one: Node's own recursion never ends in /proc, where nobody may make a folder. Throws what the system says. */
export const makeFolder = (files: FileSystem, path: string): void => {
  if (files.follow(path)?.kind === 'folder') return;
  makeFolder(files, dirname(path));
  makeOne(files, path);
};
