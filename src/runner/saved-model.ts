/**
 * A saved model, wherever it is on disk: a run folder, the model folder inside one, or a model file. Node only. Not here: the content of its files
 * (`src/model`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../fault.js';
import type { FileSystem } from '../files/file-system.js';
import { readModelFolder, type SavedModel } from '../model/model-folder.js';
import { at, savedFiles } from './saved-files.js';

/** Left: nothing is there, a run that saved no model, or files that are damaged. */
export const readSavedModel = (path: string, disk?: FileSystem): E.Either<Fault, SavedModel> => {
  const files = savedFiles(path, disk);
  return E.isLeft(files) ? files : E.mapLeft(at(path))(readModelFolder(files.right));
};
