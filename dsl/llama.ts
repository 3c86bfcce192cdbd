/** A Llama-shaped model as a value, with its defaults. Not here: bounds, which the verifier checks, and other parts of the setup (`setup.ts`). */
import { given, notOptions, optionsFault } from '../src/options.js';
import type { LlamaModel } from '../src/schedule/schedule.js';
import type { keyValueHeadsDoNotDivide, oddHeadSize } from '../src/schedule/sentences.js';
import { builder } from './builder.js';
import { namesOf } from './option-names.js';
import { type ParametrisationOptions, withoutStandard } from './parametrisation.js';
import type { HeadsFault } from './setup.js';
import type { CountArgument, NumberFault } from './types/fault/count-fault.js';
import type { Judged } from './types/fault/judged.js';
import type { OrElse } from './types/fault/or-else.js';
import type { Divide } from './types/number/divide.js';

/** A model with its depth, heads, units and context in its type. */
export interface Llama<
  Layers extends number = number,
  Heads extends number = number,
  KeyValueHeads extends number = number,
  Hidden extends number = number,
  Context extends number = number,
> extends LlamaModel {
  readonly layers: Layers;
  readonly heads: Heads;
  readonly keyValueHeads: KeyValueHeads;
  readonly hidden: Hidden;
  readonly context: Context;
}

type OddFault<Heads extends number, Width extends number> =
  Divide<Width, Heads> extends infer Size extends number
    ? Divide<Size, 2> extends 'indivisible'
      ? oddHeadSize<Heads, Width, Size>
      : never
    : never;

export type LlamaHeadsArgument<Heads extends number, Width extends number> = Judged<
  Heads,
  OrElse<HeadsFault<Heads, Width>, OddFault<Heads, Width>>
>;

type KeyValueHeadsFault<KeyValueHeads extends number, Heads extends number> = [NumberFault<'keyValueHeads', 1, KeyValueHeads>] extends [
  never,
]
  ? Divide<Heads, KeyValueHeads> extends 'indivisible'
    ? keyValueHeadsDoNotDivide<KeyValueHeads, Heads>
    : never
  : NumberFault<'keyValueHeads', 1, KeyValueHeads>;

export type KeyValueHeadsArgument<KeyValueHeads extends number, Heads extends number> = Judged<
  KeyValueHeads,
  KeyValueHeadsFault<KeyValueHeads, Heads>
>;

export interface LlamaOptions<
  Layers extends number,
  Heads extends number,
  KeyValueHeads extends number,
  Width extends number,
  Hidden extends number = number,
  Context extends number = number,
> extends ParametrisationOptions {
  /** 0 for only embeddings and head, which may grow layers later. */
  readonly layers: CountArgument<'layers', 0, Layers>;
  /** Heads of queries; each has an even number of units. */
  readonly heads: LlamaHeadsArgument<Heads, Width>;
  /** Heads of keys and values, which divide the heads of queries; as many by default. */
  readonly keyValueHeads?: KeyValueHeadsArgument<KeyValueHeads, Heads>;
  readonly width: CountArgument<'width', 1, Width>;
  /** Units of the feed-forward part; by default 8/3 of the width, rounded up to a multiple of 64. */
  readonly hidden?: CountArgument<'hidden', 1, Hidden>;
  /** Tokens in a sequence. */
  readonly context: Context;
  /** The base of the rotary positions' angles; 10,000 by default. */
  readonly theta?: number;
  /** Added to the mean square in every norm; 1e-5 by default. */
  readonly epsilon?: number;
  /** Whether the head is the token embedding; true by default. */
  readonly tied?: boolean;
  /** Whether queries and keys are normalised in each head, as in Qwen3; false by default. */
  readonly queryKeyNorm?: boolean;
  /** Tokens in the vocabulary; by default that of the data. */
  readonly vocabulary?: number;
}

const llamaOptions = namesOf<LlamaOptions<number, number, number, number>>({
  layers: true,
  heads: true,
  keyValueHeads: true,
  width: true,
  hidden: true,
  context: true,
  theta: true,
  epsilon: true,
  tied: true,
  queryKeyNorm: true,
  parametrisation: true,
  baseLayers: true,
  baseWidth: true,
  vocabulary: true,
});

/**
 * SwiGLU's three matrices then have as many elements as two of four widths, but for rounding up to whole groups of units, as Llama does. In plain
 * JavaScript a width may not be a number, which the verifier reports.
 */
const usualHidden = (width: unknown): number => (typeof width === 'number' ? 64 * Math.ceil((8 * width) / 3 / 64) : 1);

/**
 * A network of Llama's shape: RMS norms, rotary positions, SwiGLU, heads that share keys and values, no biases.
 *
 * @example
 * llama({ layers: 12, heads: 8, keyValueHeads: 2, width: 256, hidden: 704, context: 256 })
 */
export const llama = builder(
  'llama',
  1,
  <
    const Layers extends number,
    const Heads extends number,
    const Width extends number,
    const Context extends number,
    const KeyValueHeads extends number = Heads,
    const Hidden extends number = number,
  >(
    options: LlamaOptions<Layers, Heads, KeyValueHeads, Width, Hidden, Context>,
  ): Llama<Layers, Heads, KeyValueHeads, Hidden, Context> => ({
    kind: 'llama',
    theta: 10_000,
    epsilon: 1e-5,
    tied: true,
    queryKeyNorm: false,
    ...withoutStandard(given(options)),
    layers: options.layers as Layers,
    heads: options.heads as Heads,
    keyValueHeads: (options.keyValueHeads === undefined ? options.heads : options.keyValueHeads) as KeyValueHeads,
    width: options.width as Width,
    hidden: (options.hidden === undefined ? usualHidden(options.width) : options.hidden) as Hidden,
    context: options.context,
  }),
  (options) => (options === undefined ? notOptions('llama', llamaOptions, options) : optionsFault('llama', llamaOptions, options)),
);
