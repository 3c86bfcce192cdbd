/** Makes a folder on disk. Node only. Not here: what is put into it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** With its parents, one by one: Node's own recursion never ends in /proc, where nobody may make a folder. Throws what Node throws. */
export const makeFolder = (path: string): void => {
  if (isFolder(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
};
