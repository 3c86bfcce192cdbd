/**
 * A model folder as one file: its safetensors, with the folder's other files as text in the header's metadata, under their names. So one download
 * contains a model, any reader of safetensors opens its tensors, and `vcycle sample` samples from it. Pure. Not here: the folder's files
 * (`model-folder.ts`), the format (`safetensors.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Bytes, joined } from '../byte-pieces.js';
import { type Fault, inputFault } from '../fault.js';
import { MODEL_FILES } from './model-folder.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/** The files that are stored in the metadata. */
const TEXTS = [MODEL_FILES.config, MODEL_FILES.own] as const;

const missing = (name: string): Fault => inputFault(`${name}: the model folder must hold this file; save the model again`);

/**
 * The bytes of the model file. Left: a missing file, or damaged weights.
 *
 * @example
 * packModelFile(writeModelFolder(saved)); // right: the bytes of model.safetensors, and then some
 */
export const packModelFile = (files: ReadonlyMap<string, Bytes>): E.Either<Fault, Bytes> => {
  const bytes = files.get(MODEL_FILES.weights);
  if (bytes === undefined) return E.left(missing(MODEL_FILES.weights));
  const weights = decodeSafetensors(bytes);
  if (E.isLeft(weights)) return weights;
  const texts: Record<string, string> = {};
  for (const name of TEXTS) {
    const text = files.get(name);
    if (text === undefined) return E.left(missing(name));
    texts[name] = new TextDecoder().decode(joined(text));
  }
  return E.right(encodeSafetensors(weights.right.tensors, { ...weights.right.metadata, ...texts }));
};

/** The folder's files by name. Left: another kind of file, or safetensors without a complete model. */
export const unpackModelFile = (bytes: Bytes): E.Either<Fault, ReadonlyMap<string, Bytes>> => {
  const whole = decodeSafetensors(bytes);
  if (E.isLeft(whole)) return whole;
  const { metadata } = whole.right;
  const absent = TEXTS.find((name) => metadata[name] === undefined);
  if (absent !== undefined)
    return E.left(inputFault(`the header must hold ${absent}, as in a model that the page saved; name a run folder or a model folder`));
  const texts = TEXTS.map((name): [string, Uint8Array] => [name, new TextEncoder().encode(metadata[name])]);
  return E.right(new Map<string, Bytes>([[MODEL_FILES.weights, bytes], ...texts]));
};
