/**
 * The files of a saved model, by name, wherever they are: a run folder, the model folder inside one, or a model file. Node only. Not here: their
 * content.
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Bytes, joined } from '../byte-pieces.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import { unreadable } from '../files/disk-fault.js';
import type { FileSystem } from '../files/file-system.js';
import { Folder } from '../files/folder.js';
import { nodeFiles } from '../files/node-files.js';
import { readWhole } from '../files/read.js';
import { SHARD_INDEX, shardsIn } from '../model/hugging-face-folder.js';
import { unpackModelFile } from '../model/model-file.js';
import { MODEL_FILES } from '../model/model-folder.js';
import { messageOf } from '../thrown.js';
import { RUN_FILES } from './folder/run-folder.js';
import { summaryOf } from './folder/summary.js';

const NAME_ONE = 'name a run folder, a model folder or a model file';

/** Why a run's folder has no model. */
const withoutModel = (folder: Folder, path: string): Fault => {
  const summary = folder.has(RUN_FILES.summary) ? summaryOf(folder.text(RUN_FILES.summary)) : undefined;
  return summary !== undefined && E.isRight(summary) && summary.right.outcome.kind === 'diverged'
    ? runFault(`${path}: the run diverged and has saved no model; name one whose training did not diverge`)
    : inputFault(`${path}: the run has not ended and has saved no model; let it end, resume it, or name another folder`);
};

const readFolder = (path: string, files: FileSystem): E.Either<Fault, ReadonlyMap<string, Bytes>> => {
  const folder = Folder.at(path, files);
  const home = folder.has(RUN_FILES.model) ? folder.folder(RUN_FILES.model) : folder;
  const names = Object.values(MODEL_FILES).filter((name) => home.has(name));
  if (names.length === 0 && folder.has(RUN_FILES.schedule)) return E.left(withoutModel(folder, path));
  if (!names.includes(MODEL_FILES.config) && (names.includes(MODEL_FILES.weights) || home.has(SHARD_INDEX)))
    return E.left(
      inputFault(`${path}: ${MODEL_FILES.config}, which says of what model the weights are, must be beside them (is not); copy it there`),
    );
  if (names.length === 0) return E.left(inputFault(`${path}: neither a run nor a model is there; ${NAME_ONE}`));
  if (home === folder && names.includes(MODEL_FILES.config) && !names.includes(MODEL_FILES.own))
    return E.left(
      inputFault(
        `${path}: ${MODEL_FILES.own} must be beside ${MODEL_FILES.config}, as in the model folder of a run; a model of Transformers without it ` +
          `can begin a run (--initial ${path}), whose model has it`,
      ),
    );
  return E.right(new Map(names.map((name): [string, Bytes] => [name, home.read(name)])));
};

/** Left: a missing file. */
const lacking = (name: string, why: string): E.Either<Fault, never> =>
  E.left(inputFault(`${name}: the folder must hold this file, ${why}; copy it there, or ${NAME_ONE}`));

export interface HuggingFaceFiles {
  readonly config: Uint8Array;
  readonly shards: ReadonlyMap<string, Bytes>;
  /** The files that were read, by name. */
  readonly all: ReadonlyMap<string, Bytes>;
}

const weightsIn = (folder: Folder): E.Either<Fault, Pick<HuggingFaceFiles, 'shards' | 'all'>> => {
  if (folder.has(MODEL_FILES.weights)) {
    const shards = new Map<string, Bytes>([[MODEL_FILES.weights, folder.read(MODEL_FILES.weights)]]);
    return E.right({ shards, all: shards });
  }
  if (!folder.has(SHARD_INDEX)) {
    const pickled = folder.names().find((name) => /^pytorch_model.*\.bin$/.test(name));
    return lacking(
      MODEL_FILES.weights,
      pickled === undefined
        ? `or ${SHARD_INDEX} and the files that it names`
        : `and ${pickled} is not read: save it as safetensors, in Python with save_pretrained`,
    );
  }
  const index = folder.read(SHARD_INDEX);
  const names = shardsIn(joined(index));
  if (E.isLeft(names)) return names;
  const shards = new Map<string, Bytes>();
  for (const name of names.right) {
    if (!folder.has(name)) return lacking(name, `which ${SHARD_INDEX} names`);
    shards.set(name, folder.read(name));
  }
  return E.right({ shards, all: new Map([[SHARD_INDEX, index], ...shards]) });
};

/** The files of a folder that Hugging Face's Transformers saved; undefined for any other path. */
export const huggingFaceFiles = (path: string): E.Either<Fault, HuggingFaceFiles | undefined> =>
  E.flatten(
    E.tryCatch(
      (): E.Either<Fault, HuggingFaceFiles | undefined> => {
        const folder = Folder.at(path);
        const theirs =
          folder.status()?.kind === 'folder' &&
          folder.has(MODEL_FILES.config) &&
          !folder.has(MODEL_FILES.own) &&
          !folder.has(RUN_FILES.model);
        if (!theirs) return E.right(undefined);
        const config = joined(folder.read(MODEL_FILES.config));
        const weights = weightsIn(folder);
        if (E.isLeft(weights)) return E.mapLeft(at(path))(weights);
        const { shards, all } = weights.right;
        return E.right({ config, shards, all: new Map([...all, [MODEL_FILES.config, config]]) });
      },
      (error) => unreadable(error, `${path} cannot be read (${messageOf(error)}); ${NAME_ONE}`),
    ),
  );

/** A fault with the path before it. */
export const at =
  (path: string) =>
  (fault: Fault): Fault => ({ ...fault, message: `${path}: ${fault.message}` });

/** Left: nothing is there, or it cannot be read. */
export const savedFiles = (path: string, files: FileSystem = nodeFiles): E.Either<Fault, ReadonlyMap<string, Bytes>> =>
  E.flatten(
    E.tryCatch(
      () => {
        const kind = files.follow(path)?.kind;
        if (kind === undefined) return E.left(inputFault(`${path} is not there; ${NAME_ONE}`));
        if (kind === 'folder') return readFolder(path, files);
        return E.mapLeft(at(path))(unpackModelFile(readWhole(files, path)));
      },
      (error) => unreadable(error, `${path} cannot be read (${messageOf(error)}); ${NAME_ONE}`),
    ),
  );
