/**
 * The files of a saved model, as bytes by name: `model.safetensors` and `config.json` for the class of Hugging Face's Transformers that its family
 * names, the tokenizer's files for its pipelines, and `vcycle.json` with what that class cannot represent. Pure: callers with a disk write and read
 * the files.
 */

import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import { type Bytes, joined } from '../byte-pieces.js';
import { tokenizerFromJson } from '../data/tokenizers/from-json.js';
import type { Tokenizer } from '../data/tokenizers/tokenizer.js';
import { type Fault, inputFault } from '../fault.js';
import { isJsonObject } from '../json-object.js';
import { decodeModel } from '../schedule/json/schema.js';
import { modelFault } from '../schedule/verify/model-fault.js';
import { shownValue } from '../shown-value.js';
import { familyOf } from './families.js';
import type { SizedModel } from './family.js';
import { notFinite } from './finite.js';
import { fromHuggingFace, type Parameters, toHuggingFace } from './hugging-face.js';
import { namingOf } from './naming.js';
import { CONVERT, decodeSafetensors, encodeSafetensors, type SafeTensor } from './safetensors.js';
import { tokenizerFiles } from './tokenizer-files.js';

export const MODEL_FILES = { weights: 'model.safetensors', config: 'config.json', own: 'vcycle.json' } as const;

/** The remedy for a model that cannot be read. */
const SAVE_AGAIN = 'save the model again or name another folder';

/** Raised whenever the meaning of a key of `vcycle.json` changes. */
const VERSION = 1;

export interface SavedModel {
  /** The layers are those of the saved level. */
  readonly model: SizedModel;
  /** Step size of that level. */
  readonly h: number;
  readonly parameters: Parameters;
  /** Undefined for a model of random tokens. */
  readonly tokenizer: Tokenizer | undefined;
  /** Said where attention stayed inside documents, so that the model knows only texts that begin as one. */
  readonly documents?: 'separate' | undefined;
}

/** The model's values in this order, whatever the order of its keys: equal models give equal files. */
const inOrder = ({ kind, layers, heads, width, context, vocabulary, ...own }: SizedModel): object => ({
  kind,
  layers,
  heads,
  width,
  context,
  ...Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1))),
  vocabulary,
});

const json = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);

/**
 * What is beside the weights for Hugging Face's libraries, by name: the configuration, the tokenizer.
 *
 * @param own what the configuration says besides.
 */
export const configurationFiles = (
  { model, tokenizer }: Pick<SavedModel, 'model' | 'tokenizer'>,
  own: object = {},
): ReadonlyMap<string, Uint8Array> =>
  new Map([
    [MODEL_FILES.config, json({ ...familyOf(model).huggingFace.config(model), ...own })],
    ...(tokenizer === undefined ? [] : [...tokenizerFiles(tokenizer, model)].map(([name, file]) => [name, json(file)] as const)),
  ]);

/** The folder's files by name. */
export const writeModelFolder = (saved: SavedModel): ReadonlyMap<string, Bytes> => {
  const { model, h, parameters, tokenizer, documents } = saved;
  const kept = documents === undefined ? {} : { documents };
  const tensors = [...toHuggingFace(parameters, namingOf(model, h))].map(([name, tensor]): [string, SafeTensor] => [
    name,
    { dtype: 'F32', ...tensor },
  ]);
  return new Map([
    [MODEL_FILES.weights, encodeSafetensors(new Map(tensors), { format: 'pt' })],
    ...configurationFiles(saved),
    [MODEL_FILES.own, json({ version: VERSION, model: inOrder(model), h, ...kept, tokenizer: tokenizer?.toJSON() ?? null })],
  ]);
};

/**
 * Reads what `writeModelFolder` wrote; h is divided out of the weights again. Left: a file that is missing, damaged, of another version, or
 * inconsistent with the others; weights that are not finite.
 */
export const readModelFolder = (files: ReadonlyMap<string, Bytes>): E.Either<Fault, SavedModel> => {
  const own = ownFile(files.get(MODEL_FILES.own));
  if (E.isLeft(own)) return own;
  const { model, h } = own.right;
  const bytes = present(files, MODEL_FILES.weights);
  const weights = E.isLeft(bytes) ? bytes : decodeSafetensors(bytes.right);
  if (E.isLeft(weights)) return weights;
  const tensors = floats(weights.right.tensors);
  if (E.isLeft(tensors)) return tensors;
  // A file may claim any depth: it is compared with the weights before anything is allocated for it.
  const { size } = tensors.right;
  if (model.layers > size)
    return E.left(
      inputFault(
        `${MODEL_FILES.own}: model.layers must be those of the weights, which have ${size} tensors in all (was ${model.layers}); ${SAVE_AGAIN}`,
      ),
    );
  const finite = allFinite(tensors.right);
  if (E.isLeft(finite)) return finite;
  const same = sameVocabulary(model, tensors.right);
  if (E.isLeft(same)) return same;
  const parameters = fromHuggingFace(tensors.right, namingOf(model, h));
  return E.isLeft(parameters) ? parameters : E.right({ ...own.right, parameters: parameters.right });
};

const sameVocabulary = (model: SizedModel, tensors: Parameters): E.Either<Fault, void> => {
  const found = tensors.get(familyOf(model).huggingFace.ofVocabulary)?.shape[0];
  return found === undefined || found === model.vocabulary
    ? E.right(undefined)
    : E.left(
        inputFault(`${MODEL_FILES.own}: the vocabulary must be that of the weights, ${found} (was ${model.vocabulary}); ${SAVE_AGAIN}`),
      );
};

const present = (files: ReadonlyMap<string, Bytes>, name: string): E.Either<Fault, Bytes> =>
  E.fromNullable(inputFault(`${name}: the model folder must hold this file; ${SAVE_AGAIN}`))(files.get(name));

export const floats = (tensors: ReadonlyMap<string, SafeTensor>): E.Either<Fault, Parameters> => {
  const parameters = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { dtype, shape, data }] of tensors) {
    if (!(data instanceof Float32Array))
      return E.left(inputFault(`${MODEL_FILES.weights}: ${name} must be F32 (was ${dtype}); ${CONVERT}`));
    parameters.set(name, { shape, data });
  }
  return E.right(parameters);
};

/** Where they are not finite, a training was at fault that is over: another model has to be named. */
export const allFinite = (tensors: Parameters): E.Either<Fault, void> => {
  const found = notFinite(tensors);
  return found === undefined
    ? E.right(undefined)
    : E.left(
        inputFault(`${MODEL_FILES.weights}: a model's weights must be finite (${found.message}); name one whose training did not diverge`),
      );
};

const ownFile = (bytes: Bytes | undefined): E.Either<Fault, Omit<SavedModel, 'parameters'>> => {
  const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(`${MODEL_FILES.own}: ${message}`));
  if (bytes === undefined) return refuse(`the model folder must hold this file; ${SAVE_AGAIN}`);
  const json = J.parse(new TextDecoder().decode(joined(bytes)));
  if (E.isLeft(json)) return refuse(`the file is not JSON, so it is damaged; ${SAVE_AGAIN}`);
  const { version, model, h, documents, tokenizer } = isJsonObject(json.right) ? json.right : {};
  if (version !== VERSION)
    return refuse(`the version must be ${VERSION} (was ${JSON.stringify(version)}); use the vcycle that saved the model`);
  if (typeof h !== 'number' || !(h > 0)) return refuse(`h must be a number above 0 (was ${JSON.stringify(h)})`);
  const decoded = decodeModel(model, 'model');
  if (E.isLeft(decoded)) return refuse(`${decoded.left.message}; ${SAVE_AGAIN}`);
  const { vocabulary } = decoded.right;
  const wrong = modelFault(decoded.right);
  if (wrong !== undefined) return refuse(`model.${wrong.sentence}`);
  if (vocabulary === undefined) return refuse(`model.vocabulary must be a whole number above 0 (was undefined); ${SAVE_AGAIN}`);
  if (documents !== undefined && documents !== 'separate')
    return refuse(`documents must be "separate", or left out for joined (was ${shownValue(documents)}); ${SAVE_AGAIN}`);
  const kept: Pick<SavedModel, 'documents'> = documents === undefined ? {} : { documents: 'separate' };
  const described = { model: { ...decoded.right, vocabulary }, h, ...kept };
  if (tokenizer === null) return E.right({ ...described, tokenizer: undefined });
  const read = tokenizerFromJson(tokenizer);
  if (E.isLeft(read)) return refuse(`${read.left.message}; ${SAVE_AGAIN}`);
  const tokens = read.right.vocabulary;
  return tokens <= vocabulary
    ? E.right({ ...described, tokenizer: read.right })
    : refuse(`the tokenizer must have at most the model's ${vocabulary} tokens (was ${tokens}); ${SAVE_AGAIN}`);
};
