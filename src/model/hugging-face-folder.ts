/**
 * A folder of Hugging Face's Transformers as initial weights: `config.json`, and `model.safetensors` as one file or as shards that
 * `model.safetensors.index.json` names. Bytes by name, pure. Not here: a family's names there (`gpt-hugging-face.ts`), folders that vcycle wrote
 * (`model-folder.ts`), reading files.
 */

import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import type { Bytes } from '../byte-pieces.js';
import { type Fault, inputFault } from '../fault.js';
import { isJsonObject, type JsonObject } from '../json-object.js';
import { nearestTo } from '../nearest.js';
import { decodeModel } from '../schedule/json/schema.js';
import { shownValue } from '../shown-value.js';
import { allFamilies, familyOf } from './families.js';
import type { SizedModel } from './family.js';
import { fromHuggingFace, type HuggingFaceReading, type Parameters } from './hugging-face.js';
import { allFinite, floats, MODEL_FILES } from './model-folder.js';
import { namingOf } from './naming.js';
import type { Pretrained } from './pretrained.js';
import { decodeSafetensors, type SafeTensor } from './safetensors.js';

export const SHARD_INDEX = 'model.safetensors.index.json';

const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(message));

const within =
  (file: string) =>
  (fault: Fault): Fault => ({ ...fault, message: `${file}: ${fault.message}` });

const objectIn = (file: string, bytes: Uint8Array): E.Either<Fault, JsonObject> => {
  const json = J.parse(new TextDecoder().decode(bytes));
  return E.isRight(json) && isJsonObject(json.right)
    ? E.right(json.right)
    : refuse(`${file}: the file must hold a JSON object; put back a whole copy of it`);
};

/** The files that the index names, each once. Left: there are none. */
export const shardsIn = (index: Uint8Array): E.Either<Fault, readonly string[]> => {
  const object = objectIn(SHARD_INDEX, index);
  if (E.isLeft(object)) return object;
  const { weight_map: files } = object.right;
  const names = isJsonObject(files) ? [...new Set(Object.values(files))] : [];
  const wrong = names.find((name) => typeof name !== 'string' || !/^[^/\\\0]+$/.test(name) || name === '..');
  return names.length > 0 && wrong === undefined
    ? E.right(names.map(String))
    : refuse(
        `${SHARD_INDEX}: weight_map must give the file of each tensor, in this folder (was ${shownValue(wrong)}); put back a whole copy of the folder`,
      );
};

interface Described {
  readonly model: SizedModel;
  readonly reading: HuggingFaceReading;
}

const described = (bytes: Uint8Array): E.Either<Fault, Described> => {
  const config = objectIn(MODEL_FILES.config, bytes);
  if (E.isLeft(config)) return config;
  const { model_type: type } = config.right;
  const known = allFamilies().flatMap(({ huggingFace: { reading } }) => (reading === undefined ? [] : [reading]));
  const types = known.flatMap(({ modelTypes }) => modelTypes);
  const reading = known.find(({ modelTypes }) => modelTypes.some((each) => each === type));
  if (reading === undefined) {
    const nearest = typeof type === 'string' && types.length > 1 ? nearestTo(type, types) : '';
    return refuse(
      `${MODEL_FILES.config}: model_type must be ${types.join(' or ')} (was ${shownValue(type)})${nearest}; name a model of that family`,
    );
  }
  const model = E.mapLeft(within(MODEL_FILES.config))(reading.modelOf(config.right));
  if (E.isLeft(model)) return model;
  const bounded = E.mapLeft(within(MODEL_FILES.config))(decodeModel(model.right, 'model'));
  return E.isLeft(bounded) ? bounded : E.right({ model: model.right, reading });
};

/** Tensors of all files, those of the model under their names with the prefix. Left: one that occurs twice, or cannot be read. */
const tensorsIn = (shards: ReadonlyMap<string, Bytes>, { model, reading }: Described): E.Either<Fault, Parameters> => {
  const { prefix, isBuffer } = reading;
  const known = new Set(
    familyOf(model)
      .huggingFace.correspondences(model)
      .map(({ theirs }) => theirs),
  );
  const all = new Map<string, SafeTensor>();
  for (const [file, bytes] of shards) {
    const decoded = decodeSafetensors(bytes, isBuffer);
    if (E.isLeft(decoded)) return E.mapLeft(within(file))(decoded);
    for (const [name, tensor] of decoded.right.tensors) {
      const prefixed = `${prefix}${name}`;
      const full = known.has(prefixed) ? prefixed : name;
      if (all.has(full)) return refuse(`${file}: the tensor ${name} occurs twice; restore a complete copy of the folder`);
      all.set(full, tensor);
    }
  }
  return floats(all);
};

const sameValues = (a: Float32Array, b: Float32Array): boolean => a.length === b.length && a.every((value, index) => value === b[index]);

/** The tensors without the head, which must be the embedding; as they are, for a model with a head of its own. */
const withoutTiedHead = (tensors: Parameters, model: SizedModel, { head }: HuggingFaceReading): E.Either<Fault, Parameters> => {
  const { huggingFace } = familyOf(model);
  if (huggingFace.correspondences(model).some(({ theirs }) => theirs === head)) return E.right(tensors);
  const embedding = huggingFace.ofVocabulary;
  const own = tensors.get(head);
  if (own === undefined) return E.right(tensors);
  const tied = tensors.get(embedding);
  if (tied !== undefined && !sameValues(own.data, tied.data))
    return refuse(
      `${head} must be the token embedding, ${embedding} (was another matrix): this ${model.kind} has one matrix for both; name a model whose head is tied`,
    );
  return E.right(new Map([...tensors].filter(([name]) => name !== head)));
};

/**
 * The model in a folder of Hugging Face's, at step size 1. Left: another family, an activation or a size that is not supported, tensors that are
 * missing, misshapen or superfluous, an untied head, weights that are not finite.
 *
 * @param config bytes of its `config.json`.
 * @param shards bytes of its safetensors files, by their names.
 */
export const readHuggingFace = (config: Uint8Array, shards: ReadonlyMap<string, Bytes>): E.Either<Fault, Pretrained> => {
  const said = described(config);
  if (E.isLeft(said)) return said;
  const { model, reading } = said.right;
  const read = tensorsIn(shards, said.right);
  if (E.isLeft(read)) return read;
  const finite = allFinite(read.right);
  if (E.isLeft(finite)) return finite;
  const tensors = withoutTiedHead(read.right, model, reading);
  if (E.isLeft(tensors)) return tensors;
  const parameters = fromHuggingFace(tensors.right, namingOf(model, 1));
  return E.map((parameters: Parameters): Pretrained => ({ model, parameters, tokenizer: undefined }))(parameters);
};
