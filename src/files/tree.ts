/** A folder with all that is in it. A link in it stands for itself, and not for what it leads to. */
import { join } from 'node:path';
import type { FileSystem } from './file-system.js';

/** What is under the path need not be a folder, nor be there. Throws what the system says; what was removed by then is gone. */
export const removeTree = (files: FileSystem, path: string): void => {
  if (files.look(path)?.kind !== 'folder') {
    files.remove(path);
    return;
  }
  for (const name of files.list(path)) removeTree(files, join(path, name));
  files.removeFolder(path);
};

/** Bytes of all files in a folder; a link counts for itself. */
export const bytesUnder = (files: FileSystem, path: string): number => {
  const { kind, size } = files.look(path) ?? {};
  if (kind !== 'folder') return size ?? 0;
  return files.list(path).reduce((sum, name) => sum + bytesUnder(files, join(path, name)), 0);
};
