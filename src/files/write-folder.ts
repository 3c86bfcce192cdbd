/** Writes a folder atomically: under a temporary name, then renamed. Not here: one file (`durable.ts`). */
import type { Bytes } from '../byte-pieces.js';
import { PARTIAL, tidy } from './durable.js';
import type { Folder } from './folder.js';

const fill = (folder: Folder, contents: ReadonlyMap<string, Bytes>): void => {
  folder.make();
  for (const [file, bytes] of contents) {
    const [inner] = /^.*(?=\/)/.exec(file) ?? [];
    if (inner !== undefined) folder.folder(inner).make();
    folder.write(file, bytes);
  }
};

/** An existing folder is kept, not replaced: a process may have it as its working directory, or a disk may be mounted on it. */
const fillEmpty = (folder: Folder, contents: ReadonlyMap<string, Bytes>): void => {
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
 * At the folder's path there may be nothing, or an empty folder. Throws the system's error; in that case nothing new is left there, and the
 * temporary folder is removed if possible.
 *
 * @param contents the files' bytes by name, which may include subfolders: `onnx/model.onnx`.
 */
export const writeFolder = (parent: Folder, name: string, contents: ReadonlyMap<string, Bytes>): void => {
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
