/**
 * Hugging Face's folder of a GPT-2: its `config.json` of `GPT2Config`, whose defaults apply to missing keys, and what its files contain besides
 * parameters. Not here: names and layouts of tensors (`gpt-hugging-face.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import type { GptModel } from '../schedule/schedule.js';
import { shownValue } from '../shown-value.js';
import type { Sized } from './family.js';
import { unitsOf } from './gpt-units.js';
import type { HuggingFaceReading } from './hugging-face.js';

type Config = Readonly<Record<string, unknown>>;

const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(message));

/** Sizes by their names there, with the defaults of `GPT2Config`. */
const SIZES = { n_layer: 12, n_head: 12, n_embd: 768, n_positions: 1024, vocab_size: 50257 } as const;

/** All keys that change what the network computes and for which ours supports a single value. */
const FIXED: Readonly<Record<string, number | boolean>> = {
  layer_norm_epsilon: 1e-5,
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  add_cross_attention: false,
};

/** Activations by their names there; three names stand for one function. */
const ACTIVATIONS: Readonly<Record<string, Pick<GptModel, 'gelu'>>> = {
  gelu: {},
  gelu_new: { gelu: 'tanh' },
  gelu_pytorch_tanh: { gelu: 'tanh' },
  gelu_fast: { gelu: 'tanh' },
};

const saidOr = (config: Config, key: string, otherwise: unknown): unknown => config[key] ?? otherwise;

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;

const modelOf = (config: Config): E.Either<Fault, Sized<GptModel>> => {
  const wrong = Object.entries(SIZES).find(([key, usual]) => !isSize(saidOr(config, key, usual)));
  if (wrong !== undefined) return refuse(`${wrong[0]} must be a whole number above 0 (was ${shownValue(config[wrong[0]])})`);
  const size = (key: keyof typeof SIZES): number => Number(saidOr(config, key, SIZES[key]));
  const [layers, heads, width] = [size('n_layer'), size('n_head'), size('n_embd')];
  if (width % heads !== 0) return refuse(`n_head must divide n_embd, ${width} (was ${heads})`);
  const units = saidOr(config, 'n_inner', unitsOf({ width }));
  if (units !== unitsOf({ width }))
    return refuse(`n_inner must be ${unitsOf({ width })}, four times n_embd (was ${shownValue(units)}); name a model with that`);
  const other = Object.entries(FIXED).find(([key, value]) => saidOr(config, key, value) !== value);
  if (other !== undefined) return refuse(`${other[0]} must be ${other[1]} (was ${shownValue(config[other[0]])}); name a model with that`);
  const named = saidOr(config, 'activation_function', 'gelu_new');
  const activation = typeof named === 'string' && Object.hasOwn(ACTIVATIONS, named) ? ACTIVATIONS[named] : undefined;
  if (activation === undefined)
    return refuse(`activation_function must be one of ${Object.keys(ACTIVATIONS).join(', ')} (was ${shownValue(named)})`);
  return E.right({
    kind: 'gpt',
    layers,
    heads,
    width,
    context: size('n_positions'),
    bias: true,
    ...activation,
    vocabulary: size('vocab_size'),
  });
};

export const gpt2Reading: HuggingFaceReading<GptModel> = {
  modelTypes: ['gpt2'],
  prefix: 'transformer.',
  head: 'lm_head.weight',
  // Causal masks, and the number with which they mask.
  isBuffer: (name) => /(^|\.)attn\.(bias|masked_bias)$/.test(name),
  modelOf,
};
