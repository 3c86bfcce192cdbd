/**
 * The setup as values: the model, the data, the initial weights, with their defaults. Not here: the optimizer (`optimizers.ts`), bounds (`verify` of
 * src/schedule says what is wrong with a value; the compiler knows the layers' literal and whether heads divide the width).
 */
import { given, isOptions, notOptions, optionsFault } from '../src/options.js';
import { defaultEvaluation, defaultOnSpike, textDefaults } from '../src/schedule/defaults.js';
import type {
  Evaluation,
  GptModel,
  InitialCheckpoint,
  OnSpike,
  Parametrised,
  Setup,
  TextSource,
  TokenSource,
} from '../src/schedule/schedule.js';
import { type headsDoNotDivide, mustBe } from '../src/schedule/sentences.js';
import { shownValue } from '../src/shown-value.js';
import { builder, inPlace } from './builder.js';
import { namesOf } from './option-names.js';
import { type ParametrisationOptions, withoutStandard } from './parametrisation.js';
import type { CountArgument, NumberFault } from './types/fault/count-fault.js';
import type { Judged } from './types/fault/judged.js';
import type { SetupInput } from './types/fault/setup-input.js';
import type { Divide } from './types/number/divide.js';

/** A model with its depth, heads and context in its type. */
export interface Gpt<Layers extends number = number, Heads extends number = number, Context extends number = number> extends GptModel {
  readonly layers: Layers;
  readonly heads: Heads;
  readonly context: Context;
}

/** The sentence about heads that do not divide a width. */
export type HeadsFault<Heads extends number, Width extends number> = [NumberFault<'heads', 1, Heads>] extends [never]
  ? Divide<Width, Heads> extends 'indivisible'
    ? headsDoNotDivide<Heads, Width>
    : never
  : NumberFault<'heads', 1, Heads>;

export type HeadsArgument<Heads extends number, Width extends number> = Judged<Heads, HeadsFault<Heads, Width>>;

export interface GptOptions<Layers extends number, Heads extends number, Width extends number, Context extends number = number>
  extends ParametrisationOptions {
  /** 0 for only embeddings and head, which may grow layers later. */
  readonly layers: CountArgument<'layers', 0, Layers>;
  readonly heads: HeadsArgument<Heads, Width>;
  readonly width: CountArgument<'width', 1, Width>;
  /** Tokens in a sequence. */
  readonly context: Context;
  /** Whether linear maps and norms have biases; true by default. */
  readonly bias?: boolean;
  /** `exact` (the default), or the approximation with `tanh` that GPT-2 was trained with (`gelu_new` in Hugging Face's words). */
  readonly gelu?: 'exact' | 'tanh';
  /** Tokens in the vocabulary; by default that of the data. */
  readonly vocabulary?: number;
}

const gptOptions = namesOf<GptOptions<number, number, number>>({
  layers: true,
  heads: true,
  width: true,
  context: true,
  bias: true,
  gelu: true,
  parametrisation: true,
  baseLayers: true,
  baseWidth: true,
  vocabulary: true,
});

/** A model with exact GELU and the standard parametrisation has no such keys, so that equal models are equal schedules. */
const withoutUsual = <Options extends object>(
  options: Options,
): Omit<Options, 'gelu' | keyof ParametrisationOptions> & Parametrised & { readonly gelu?: 'tanh' } => {
  const { gelu, ...others } = options as Options & { readonly gelu?: 'exact' | 'tanh' };
  return { ...withoutStandard(others), ...(gelu === undefined || gelu === 'exact' ? {} : { gelu }) } as ReturnType<
    typeof withoutUsual<Options>
  >;
};

/** A pre-norm GPT. */
export const gpt = builder(
  'gpt',
  1,
  <const Layers extends number, const Heads extends number, const Width extends number, const Context extends number>(
    options: GptOptions<Layers, Heads, Width, Context>,
  ): Gpt<Layers, Heads, Context> => ({
    kind: 'gpt',
    bias: true,
    ...withoutUsual(given(options)),
    layers: options.layers as Layers,
    heads: options.heads as Heads,
    width: options.width as Width,
    context: options.context,
  }),
  (options) => (options === undefined ? notOptions('gpt', gptOptions, options) : optionsFault('gpt', gptOptions, options)),
);

export interface TextOptions {
  /**
   * The tokenizer of the text: `characters` (the default), `bytes`, an encoding of tiktoken such as `gpt2`, or the path of a Hugging Face
   * `tokenizer.json` or of a rank file.
   */
  readonly tokenizer?: string;
  readonly heldOut?: number;
  /** The field of JSON Lines, or the column of Parquet, that contains the text; `text` by default. */
  readonly field?: string;
  /**
   * `joined` (the default): a token sees everything before it in the sequence, across documents. `separate`: attention stays inside a document, and
   * positions restart with each, if the source knows its documents.
   */
  readonly documents?: 'joined' | 'separate';
}

const textOptions = namesOf<TextOptions>({ heldOut: true, tokenizer: true, field: true, documents: true });

/** Joined data have no such key, so that equal data are equal schedules. */
const withoutJoined = <Options extends { readonly documents?: 'joined' | 'separate' }>(
  options: Options,
): Omit<Options, 'documents'> & { readonly documents?: 'separate' } => {
  const { documents, ...others } = options;
  return documents === undefined || documents === 'joined' ? others : { ...others, documents };
};

/**
 * UTF-8 text, JSON Lines or Parquet, also compressed: a file, a folder, a pattern, or `npm:NAME` for a corpus inside an npm package; or token files
 * that `vcycle prepare`, nanoGPT, llm.c, Megatron-LM or NumPy wrote, read in place. The last `heldOut` share is for validation, or the files that are
 * named for it (`val.bin` beside `train.bin`).
 *
 * @example
 * text('data/train.bin', { tokenizer: 'gpt2' })
 */
export const text = builder(
  'text',
  2,
  (source: string, options: TextOptions = {}): TextSource => ({
    kind: 'text',
    source,
    ...textDefaults,
    ...withoutJoined(given(options)),
  }),
  (options) => optionsFault('text', textOptions, options),
);

/** Uniformly random tokens, for plans, benchmarks and tests. */
export const tokens = builder('tokens', 1, (vocabulary: number): TokenSource => ({ kind: 'tokens', vocabulary }));

/**
 * Initial weights in place of randomly drawn ones: a run folder, a model folder (vcycle's, or Hugging Face's for a GPT-2, a Llama or a Qwen3), or a
 * model file. The model of the setup must have the same sizes.
 *
 * @example
 * pipeline({ ...setup, initial: checkpoint('runs/first') }, restrict(even), train(400), prolongate, train(80))
 */
export const checkpoint = builder('checkpoint', 1, (path: string): InitialCheckpoint => ({ kind: 'checkpoint', path }));

/** Only objects get defaults: any other value in plain JavaScript is left for the verifier to refuse. */
const fillEvaluation = (evaluation: SetupInput['evaluation']): Evaluation =>
  evaluation === undefined || isOptions(evaluation)
    ? { ...defaultEvaluation, ...given({ ...evaluation }) }
    : inPlace(mustBe('setup.evaluation', 'an object such as { every: 250, batches: 20 }', shownValue(evaluation)));

const fillOnSpike = (onSpike: NonNullable<SetupInput['onSpike']>): OnSpike =>
  isOptions(onSpike)
    ? { ...defaultOnSpike, ...given({ ...onSpike }) }
    : inPlace(mustBe('setup.onSpike', 'an object such as { factor: 6, window: 128, back: 100 }', shownValue(onSpike)));

/** The setup with its defaults filled in. */
export const fillSetup = (input: SetupInput): Setup => {
  const given: unknown = input;
  if (!isOptions(given))
    return inPlace(mustBe('setup', 'an object such as { model, data, optimizer, batch: 12, seed: 1 }', shownValue(given)));
  const { accumulate, onSpike, ...setup } = input;
  // One microbatch is the whole batch, so the key is dropped: equal pipelines are equal schedules.
  const parts = accumulate === undefined || accumulate === 1 ? {} : { accumulate };
  const spikes = onSpike === undefined ? {} : { onSpike: fillOnSpike(onSpike) };
  return { ...setup, ...parts, ...spikes, evaluation: fillEvaluation(input.evaluation) };
};
