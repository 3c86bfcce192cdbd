/** The files of a saved model, by name, wherever they are: a run folder, the model folder inside one, or a model file. Node only. Not here: what they say. */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { Folder } from '../files/folder.js';
import { nodeFiles } from '../files/node-files.js';
import { readWhole } from '../files/read.js';
import { unpackModelFile } from '../model/model-file.js';
import { MODEL_FILES } from '../model/model-folder.js';
import { messageOf } from '../thrown.js';
import { RUN_FILES } from './folder/run-folder.js';

const NAME_ONE = 'name a run folder, a model folder or a model file';

const readFolder = (folder: Folder): ReadonlyMap<string, Uint8Array> => {
  const home = folder.has(RUN_FILES.model) ? folder.folder(RUN_FILES.model) : folder;
  return new Map(
    Object.values(MODEL_FILES)
      .filter((name) => home.has(name))
      .map((name): [string, Uint8Array] => [name, home.read(name)]),
  );
};

/** A fault with the path before it. */
export const at =
  (path: string) =>
  (fault: Fault): Fault => ({ ...fault, message: `${path}: ${fault.message}` });

/** Left: nothing is there, or it cannot be read. */
export const savedFiles = (path: string): E.Either<Fault, ReadonlyMap<string, Uint8Array>> =>
  E.flatten(
    E.tryCatch(
      () => {
        const kind = nodeFiles.follow(path)?.kind;
        if (kind === undefined) return E.left(inputFault(`${path} is not there; ${NAME_ONE}`));
        if (kind === 'folder') return E.right(readFolder(Folder.at(path)));
        return E.mapLeft(at(path))(unpackModelFile(readWhole(nodeFiles, path)));
      },
      (error) => inputFault(`${path} cannot be read (${messageOf(error)}); ${NAME_ONE}`),
    ),
  );
