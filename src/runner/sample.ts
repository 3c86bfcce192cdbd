/**
 * Text from a model on disk: a run folder, the model folder inside one, or a model file. Node only. Not here: sampling (`sampler.ts`).
 */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { flow, pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../fault.js';
import { unpackModelFile } from '../model/model-file.js';
import { MODEL_FILES, readModelFolder, type SavedModel } from '../model/model-folder.js';
import { RUN_FILES } from './folder/run-folder.js';
import { type Sample, type SamplerOptions, sampleFrom } from './sampler.js';

export interface SampleOptions extends SamplerOptions {
  /** A run folder, a model folder, or a model file. */
  readonly folder: string;
}

const NAME_ONE = 'name a run folder, a model folder or a model file';

const readFolder = async (folder: string): Promise<ReadonlyMap<string, Uint8Array>> => {
  const inRun = join(folder, RUN_FILES.model);
  const home = existsSync(inRun) ? inRun : folder;
  const names = Object.values(MODEL_FILES).filter((name) => existsSync(join(home, name)));
  return new Map(await Promise.all(names.map(async (name): Promise<[string, Uint8Array]> => [name, await readFile(join(home, name))])));
};

const at =
  (path: string) =>
  (fault: Fault): Fault => ({ ...fault, message: `${path}: ${fault.message}` });

/** The model's files by name, wherever they stand. */
const filesAt = (path: string): TE.TaskEither<Fault, ReadonlyMap<string, Uint8Array>> =>
  existsSync(path)
    ? pipe(
        TE.tryCatch(
          async () => (statSync(path).isDirectory() ? E.right(await readFolder(path)) : unpackModelFile(await readFile(path))),
          (error) => inputFault(`${path} cannot be read (${error instanceof Error ? error.message : String(error)}); ${NAME_ONE}`),
        ),
        TE.flatMapEither(E.mapLeft(at(path))),
      )
    : TE.left(inputFault(`${path} is not there; ${NAME_ONE}`));

const readModel = (path: string): TE.TaskEither<Fault, SavedModel> =>
  pipe(filesAt(path), TE.flatMapEither(flow(readModelFolder, E.mapLeft(at(path)))));

/** What the model at `folder` adds to a prompt. */
export const sample = ({ folder, ...options }: SampleOptions): TE.TaskEither<Fault, Sample> =>
  pipe(
    readModel(folder),
    TE.flatMap((model) => sampleFrom(model, options)),
  );
