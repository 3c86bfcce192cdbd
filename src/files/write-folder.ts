/** Writing a folder so that it is there whole or not at all: under a temporary name, and renamed. Not here: one file (`durable.ts`). */
import { PARTIAL, tidy } from './durable.js';
import type { Folder } from './folder.js';

const fill = (folder: Folder, contents: ReadonlyMap<string, Uint8Array>): void => {
  folder.make();
  for (const [file, bytes] of contents) {
    const [inner] = /^.*(?=\/)/.exec(file) ?? [];
    if (inner !== undefined) folder.folder(inner).make();
    folder.write(file, bytes);
  }
};

/** A folder that is there stays the one that it is: somebody may be in it, or a disk be mounted on it. */
const fillEmpty = (folder: Folder, contents: ReadonlyMap<string, Uint8Array>): void => {
  const temporary = folder.folder(PARTIAL);
  try {
    fill(temporary, contents);
    for (const name of temporary.names()) folder.rename(`${PARTIAL}/${name}`, name);
    folder.removeAll(PARTIAL);
  } catch (error) {
    tidy(() => {
      for (const name of folder.names()) folder.removeAll(name);
    });
    throw error;
  }
};

/**
 * Where the folder is to be there may be nothing, or an empty folder. Throws what the disk throws; then nothing is there that was not, and the temporary
 * folder is gone where that can be.
 *
 * @param contents bytes of its files, by their names, which may be of files in folders in it: `onnx/model.onnx`.
 */
export const writeFolder = (parent: Folder, name: string, contents: ReadonlyMap<string, Uint8Array>): void => {
  if (parent.has(name)) {
    fillEmpty(parent.folder(name), contents);
    return;
  }
  const temporary = `${name}${PARTIAL}`;
  parent.removeAll(temporary);
  try {
    fill(parent.folder(temporary), contents);
    parent.rename(temporary, name);
  } catch (error) {
    tidy(() => parent.removeAll(temporary));
    throw error;
  }
};
