/**
 * Text from a model on disk: a run folder, the model folder inside one, or a model file. Node only. Not here: sampling (`sampler.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../fault.js';
import { Folder } from '../files/folder.js';
import { nodeFiles } from '../files/node-files.js';
import { readWhole } from '../files/read.js';
import { unpackModelFile } from '../model/model-file.js';
import { MODEL_FILES, readModelFolder, type SavedModel } from '../model/model-folder.js';
import { messageOf } from '../thrown.js';
import { RUN_FILES } from './folder/run-folder.js';
import { type SampleOptions, sampleFaultOf } from './run-rules.js';
import { type Sample, sampleFrom } from './sampler.js';

const NAME_ONE = 'name a run folder, a model folder or a model file';

const readFolder = (folder: Folder): ReadonlyMap<string, Uint8Array> => {
  const home = folder.has(RUN_FILES.model) ? folder.folder(RUN_FILES.model) : folder;
  return new Map(
    Object.values(MODEL_FILES)
      .filter((name) => home.has(name))
      .map((name): [string, Uint8Array] => [name, home.read(name)]),
  );
};

const at =
  (path: string) =>
  (fault: Fault): Fault => ({ ...fault, message: `${path}: ${fault.message}` });

/** The model's files by name, wherever they are. */
const filesAt = (path: string): E.Either<Fault, ReadonlyMap<string, Uint8Array>> =>
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

const readModel = (path: string): E.Either<Fault, SavedModel> => {
  const files = filesAt(path);
  return E.isLeft(files) ? files : E.mapLeft(at(path))(readModelFolder(files.right));
};

/** What the model at `folder` adds to a prompt. */
export const sample =
  (options: SampleOptions): TaskEither<Fault, Sample> =>
  async () => {
    const wrong = sampleFaultOf(options);
    if (wrong !== undefined) return E.left(inputFault(wrong));
    const { folder, ...sampling } = options;
    const model = readModel(folder);
    return E.isLeft(model) ? model : sampleFrom(model.right, sampling)();
  };
