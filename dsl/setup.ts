/**
 * The setup as values: the model, the data, the optimizer and its learning rate, with their defaults. Not here: bounds (`verify` of
 * src/schedule says what is wrong with a value; the compiler knows the layers' literal and whether heads divide the width).
 */

import type { AdamW, Clock, Evaluation, GptModel, LearningRate, Setup, Sgd, TextSource, TokenSource } from '../src/schedule/schedule.js';
import type { headsDoNotDivide } from '../src/schedule/sentences.js';
import { given } from './given.js';
import type { CountArgument } from './types/count-fault.js';
import type { Divide } from './types/divide.js';

/** What `pipeline` takes: a `Setup` whose evaluation may be left out, whole or in part. */
export interface SetupInput extends Omit<Setup, 'evaluation'> {
  readonly evaluation?: Partial<Evaluation>;
}

/** A model that carries its depth, its heads and its context in its type. */
export interface Gpt<Layers extends number = number, Heads extends number = number, Context extends number = number> extends GptModel {
  readonly layers: Layers;
  readonly heads: Heads;
  readonly context: Context;
}

export type HeadsArgument<Heads extends number, Width extends number> =
  CountArgument<'heads', 1, Heads> extends Heads
    ? Divide<Width, Heads> extends 'indivisible'
      ? headsDoNotDivide<Heads, Width>
      : Heads
    : CountArgument<'heads', 1, Heads>;

export interface GptOptions<Layers extends number, Heads extends number, Width extends number, Context extends number = number> {
  /** 0 for embeddings and head alone, which may grow layers later. */
  readonly layers: CountArgument<'layers', 0, Layers>;
  readonly heads: HeadsArgument<Heads, Width>;
  readonly width: CountArgument<'width', 1, Width>;
  /** Tokens in a sequence. */
  readonly context: Context;
  /** Whether linear maps and norms have biases; true by default. */
  readonly bias?: boolean;
  /** Tokens in the vocabulary; the data says it where this does not. */
  readonly vocabulary?: number;
}

/** A pre-norm GPT. */
export const gpt = <const Layers extends number, const Heads extends number, const Width extends number, const Context extends number>(
  options: GptOptions<Layers, Heads, Width, Context>,
): Gpt<Layers, Heads, Context> => ({
  kind: 'gpt',
  bias: true,
  ...given(options),
  layers: options.layers as Layers,
  heads: options.heads as Heads,
  width: options.width as Width,
});

/** UTF-8 text: a file, or `npm:NAME` for a corpus inside an npm package. The last `heldOut` share validates. */
export const text = (source: string, { heldOut = 0.1 }: { readonly heldOut?: number } = {}): TextSource => ({
  kind: 'text',
  source,
  tokenizer: 'characters',
  heldOut,
});

/** Uniformly random tokens, for plans, benchmarks and tests. */
export const tokens = (vocabulary: number): TokenSource => ({ kind: 'tokens', vocabulary });

export interface ClockOptions {
  /** Steps of linear warm-up. */
  readonly warmup?: number;
  /** `global` (the default) counts the run's training steps, `stage` those of each training stage. */
  readonly clock?: Clock;
  /** Steps over which the rate is warmed up again after each transfer that comes after some training; none by default. */
  readonly rewarm?: number;
}

/** The peak, after a warm-up of 0 steps unless told otherwise. */
export const constant = (peak: number, options: ClockOptions = {}): LearningRate => ({
  kind: 'constant',
  peak,
  warmup: 0,
  clock: 'global',
  ...given(options),
});

/** Half a cosine, to a tenth of the peak unless told otherwise; 100 steps of warm-up. */
export const cosine = (peak: number, options: ClockOptions & { readonly floor?: number } = {}): LearningRate => ({
  kind: 'cosine',
  peak,
  floor: peak / 10,
  warmup: 100,
  clock: 'global',
  ...given(options),
});

/** Warm-up of 100 steps, stable, then a linear decay to 0 over the last fifth. */
export const wsd = (peak: number, options: ClockOptions & { readonly floor?: number; readonly decay?: number } = {}): LearningRate => ({
  kind: 'wsd',
  peak,
  floor: 0,
  warmup: 100,
  decay: 0.2,
  clock: 'global',
  ...given(options),
});

/** AdamW as nanoGPT sets it: cosine(1e-3), β 0.9 and 0.99, decay 0.1, clip 1. */
export const adamw = (options: Partial<Omit<AdamW, 'kind'>> = {}): AdamW => ({
  kind: 'adamw',
  learningRate: cosine(1e-3, { floor: 1e-4 }),
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clip: 1,
  ...given(options),
});

/** SGD with momentum 0.9: constant(0.1) after 100 steps of warm-up, no decay, clip 1. */
export const sgd = (options: Partial<Omit<Sgd, 'kind'>> = {}): Sgd => ({
  kind: 'sgd',
  learningRate: constant(0.1, { warmup: 100 }),
  momentum: 0.9,
  weightDecay: 0,
  clip: 1,
  ...given(options),
});

export const defaultEvaluation = { every: 250, batches: 20 } as const satisfies Evaluation;

/** The setup with its defaults filled in. */
export const fillSetup = (input: SetupInput): Setup => {
  // In plain JavaScript the setup may be missing; spreading nothing leaves that for the verifier to say.
  const setup: SetupInput = { ...input };
  return { ...setup, evaluation: { ...defaultEvaluation, ...given(setup.evaluation ?? {}) } };
};
