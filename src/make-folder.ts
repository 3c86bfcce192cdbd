/** Makes a folder on disk. Node only. Not here: what is put into it. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** With its parents, one by one: Node's own recursion never ends in /proc, where nobody may make a folder. Throws what Node throws. */
export const makeFolder = (path: string): void => {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  makeFolder(dirname(path));
  mkdirSync(path);
};
