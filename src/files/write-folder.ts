/** Writing a folder so that it is there whole or not at all: under a temporary name, and renamed. Not here: one file (`durable.ts`). */
import { PARTIAL, tidy } from './durable.js';
import type { Folder } from './folder.js';

/**
 * Where the folder is to be there may be nothing, or an empty folder. Throws what the disk throws; then nothing is there that was not, and the temporary
 * folder is gone where that can be.
 *
 * @param contents bytes of its files, by their names, which may be of files in folders in it: `onnx/model.onnx`.
 */
export const writeFolder = (parent: Folder, name: string, contents: ReadonlyMap<string, Uint8Array>): void => {
  const temporary = `${name}${PARTIAL}`;
  parent.removeAll(temporary);
  try {
    const folder = parent.folder(temporary);
    folder.make();
    for (const [file, bytes] of contents) {
      const [inner] = /^.*(?=\/)/.exec(file) ?? [];
      if (inner !== undefined) folder.folder(inner).make();
      folder.write(file, bytes);
    }
    // A folder takes an empty one's place in one step, but not on Windows.
    if (parent.has(name) && process.platform === 'win32') parent.files.removeFolder(parent.pathOf(name));
    parent.rename(temporary, name);
  } catch (error) {
    tidy(() => parent.removeAll(temporary));
    throw error;
  }
};
