/**
 * Hugging Face's folder of a Llama or a Qwen3: its `config.json` of `LlamaConfig` or `Qwen3Config`, whose defaults apply to missing keys, and what its
 * files contain besides parameters. Not here: names and layouts of tensors (`llama-hugging-face.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { isJsonObject } from '../json-object.js';
import type { LlamaModel } from '../schedule/schedule.js';
import { modelFault } from '../schedule/verify/model-fault.js';
import { shownValue } from '../shown-value.js';
import type { Sized } from './family.js';
import type { HuggingFaceReading } from './hugging-face.js';

type Config = Readonly<Record<string, unknown>>;

const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(message));

/** Sizes by their names there, with the defaults of their configurations. */
const SIZES = {
  llama: {
    num_hidden_layers: 32,
    num_attention_heads: 32,
    hidden_size: 4096,
    intermediate_size: 11008,
    max_position_embeddings: 2048,
    vocab_size: 32000,
  },
  qwen3: {
    num_hidden_layers: 32,
    num_attention_heads: 32,
    hidden_size: 4096,
    intermediate_size: 22016,
    max_position_embeddings: 32768,
    vocab_size: 151936,
  },
} as const;

type ModelType = keyof typeof SIZES;
type SizeKey = keyof (typeof SIZES)['llama'];

/** Heads of keys and values that are not said: as many as of queries, and Qwen3's own default. */
const keyValueHeadsOf = (type: ModelType, heads: number): number => (type === 'llama' ? heads : 32);

/** All keys that change what the network computes and for which ours supports a single value. */
const FIXED: Readonly<Record<string, unknown>> = {
  hidden_act: 'silu',
  attention_bias: false,
  mlp_bias: false,
  pretraining_tp: 1,
  use_sliding_window: false,
};

const saidOr = (config: Config, key: string, otherwise: unknown): unknown => config[key] ?? otherwise;

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;

const wrongSize = (key: string, value: unknown): E.Either<Fault, never> =>
  refuse(`${key} must be a whole number above 0 (was ${shownValue(value)})`);

const THETA = 10_000;

/**
 * The base of the rotary angles: `rope_parameters.rope_theta` as Transformers 5 writes it, `rope_theta` beside the other keys before. Left: positions
 * that are scaled (`rope_type` or `type` other than `default`), or both keys, of which Transformers 5.18 takes the older one, with a base that the
 * newer one does not have.
 */
const thetaOf = (config: Config): E.Either<Fault, number> => {
  if (isJsonObject(config.rope_parameters) && isJsonObject(config.rope_scaling))
    return refuse(
      'rope_parameters and rope_scaling must not both be there, since they may differ; keep the one that the model was trained with',
    );
  const key = isJsonObject(config.rope_parameters) ? 'rope_parameters' : 'rope_scaling';
  const given = config[key];
  const said: Config = isJsonObject(given) ? given : {};
  const kind = saidOr(said, 'rope_type', saidOr(said, 'type', 'default'));
  if (kind !== 'default')
    return refuse(`${key}.rope_type must be default (was ${shownValue(kind)}); name a model whose positions are not scaled`);
  const share = saidOr(said, 'partial_rotary_factor', saidOr(config, 'partial_rotary_factor', 1));
  if (share !== 1) return refuse(`partial_rotary_factor must be 1 (was ${shownValue(share)}); name a model that turns whole heads`);
  const theta = saidOr(said, 'rope_theta', saidOr(config, 'rope_theta', THETA));
  return typeof theta === 'number' && theta > 0 && Number.isFinite(theta)
    ? E.right(theta)
    : refuse(`rope_theta must be a number above 0 (was ${shownValue(theta)})`);
};

/** What they call the key that a sentence begins with. */
const NAMES = { heads: 'num_attention_heads', keyValueHeads: 'num_key_value_heads' } as const;

const modelOf = (config: Config): E.Either<Fault, Sized<LlamaModel>> => {
  const type: ModelType = config.model_type === 'qwen3' ? 'qwen3' : 'llama';
  const size = (key: SizeKey): unknown => saidOr(config, key, SIZES[type][key]);
  const wrong = (Object.keys(SIZES[type]) as SizeKey[]).find((key) => !isSize(size(key)));
  if (wrong !== undefined) return wrongSize(wrong, config[wrong]);
  const [heads, width] = [Number(size('num_attention_heads')), Number(size('hidden_size'))];
  const keyValueHeads = saidOr(config, 'num_key_value_heads', keyValueHeadsOf(type, heads));
  if (!isSize(keyValueHeads)) return wrongSize('num_key_value_heads', keyValueHeads);
  const headSize = saidOr(config, 'head_dim', type === 'llama' ? width / heads : 128);
  if (headSize !== width / heads)
    return refuse(
      `head_dim must be hidden_size / num_attention_heads, ${width / heads} (was ${shownValue(headSize)}); name a model with that`,
    );
  const other = Object.entries(FIXED).find(([key, value]) => saidOr(config, key, value) !== value);
  if (other !== undefined) return refuse(`${other[0]} must be ${other[1]} (was ${shownValue(config[other[0]])}); name a model with that`);
  const theta = thetaOf(config);
  if (E.isLeft(theta)) return theta;
  const epsilon = saidOr(config, 'rms_norm_eps', 1e-6);
  if (typeof epsilon !== 'number' || !(epsilon > 0)) return refuse(`rms_norm_eps must be a number above 0 (was ${shownValue(epsilon)})`);
  const model: Sized<LlamaModel> = {
    kind: 'llama',
    layers: Number(size('num_hidden_layers')),
    heads,
    keyValueHeads,
    width,
    hidden: Number(size('intermediate_size')),
    context: Number(size('max_position_embeddings')),
    theta: theta.right,
    epsilon,
    tied: saidOr(config, 'tie_word_embeddings', false) === true,
    queryKeyNorm: type === 'qwen3',
    vocabulary: Number(size('vocab_size')),
  };
  const misfit = modelFault(model);
  if (misfit === undefined) return E.right(model);
  const name = NAMES[misfit.key as keyof typeof NAMES];
  return refuse(`${name}: ${misfit.sentence}`);
};

export const llamaReading: HuggingFaceReading<LlamaModel> = {
  modelTypes: ['llama', 'qwen3'],
  prefix: 'model.',
  head: 'lm_head.weight',
  // Frequencies of the rotary positions, in files of earlier versions.
  isBuffer: (name) => /(^|\.)rotary_emb\.inv_freq$/.test(name),
  modelOf,
};
