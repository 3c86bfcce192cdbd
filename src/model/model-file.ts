/**
 * A model folder as one file: its safetensors, with the folder's other files as text in the header's metadata, under their names. So one
 * download holds a model, any reader of safetensors opens its tensors, and `vcycle sample` continues it. Pure. Not here: the folder's files
 * (`model-folder.ts`), the format (`safetensors.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, inputFault } from '../fault.js';
import { MODEL_FILES } from './model-folder.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/** The files that travel in the metadata. */
const TEXTS = [MODEL_FILES.config, MODEL_FILES.own] as const;

const missing = (name: string): Fault => inputFault(`${name}: the model folder must hold this file; save the model again`);

/**
 * The bytes of the model file. Left: a file that the folder lacks, or damaged weights.
 *
 * @example
 * packModelFile(writeModelFolder(saved)); // right: the bytes of model.safetensors, and then some
 */
export const packModelFile = (files: ReadonlyMap<string, Uint8Array>): E.Either<Fault, Uint8Array> =>
  pipe(
    E.Do,
    E.apS('weights', pipe(files.get(MODEL_FILES.weights), E.fromNullable(missing(MODEL_FILES.weights)), E.flatMap(decodeSafetensors))),
    E.apS(
      'texts',
      E.traverseArray((name: string) =>
        pipe(
          files.get(name),
          E.fromNullable(missing(name)),
          E.map((bytes) => [name, new TextDecoder().decode(bytes)] as const),
        ),
      )(TEXTS),
    ),
    E.map(({ weights, texts }) => encodeSafetensors(weights.tensors, { ...weights.metadata, ...Object.fromEntries(texts) })),
  );

/** The folder's files by name. Left: another kind of file, or safetensors that do not hold a whole model. */
export const unpackModelFile = (bytes: Uint8Array): E.Either<Fault, ReadonlyMap<string, Uint8Array>> =>
  pipe(
    decodeSafetensors(bytes),
    E.flatMap(({ metadata }) => {
      const absent = TEXTS.find((name) => metadata[name] === undefined);
      return absent === undefined
        ? E.right(
            new Map<string, Uint8Array>([
              [MODEL_FILES.weights, bytes],
              ...TEXTS.map((name): [string, Uint8Array] => [name, new TextEncoder().encode(metadata[name])]),
            ]),
          )
        : E.left(inputFault(`the header must hold ${absent}, as in a model that the page saved; name a run folder or a model folder`));
    }),
  );
