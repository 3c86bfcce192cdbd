/** A folder with all its content. A link in it is treated as itself, not as its target. */
import { join } from 'node:path';
import type { FileSystem } from './file-system.js';

/** The path may be a file, or not exist. Throws the system's error; what was removed by then stays removed. */
export const removeTree = (files: FileSystem, path: string): void => {
  if (files.look(path)?.kind !== 'folder') {
    files.remove(path);
    return;
  }
  for (const name of files.list(path)) removeTree(files, join(path, name));
  files.removeFolder(path);
};

/** Total bytes of all files in a folder; a link counts as itself. */
export const bytesUnder = (files: FileSystem, path: string): number => {
  const { kind, size } = files.look(path) ?? {};
  if (kind !== 'folder') return size ?? 0;
  return files.list(path).reduce((sum, name) => sum + bytesUnder(files, join(path, name)), 0);
};
