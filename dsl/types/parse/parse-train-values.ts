/** Values of the options of training stages: src/schedule/text/observed.ts, and `amount` of numbers.ts, for the compiler. */
import type { AmountRole, amounts } from '../../../src/schedule/bounds/amounts.js';
import type { mustBe } from '../../../src/schedule/sentences.js';
import type { expected } from '../../../src/schedule/text/sentences.js';
import type { AmountFault } from '../fault/amount-fault.js';
import type { CountFault, NumeralStart } from '../fault/count-fault.js';
import type { Deferred } from '../fold/state.js';
import type { NumberOf } from '../number/exponent.js';
import type { MostListed } from '../number/limits.js';
import type { Compare } from '../number/order.js';
import type { Bracket, Closed, Count, Name, OpenCount, Parsed, Unparsed } from './parse-number.js';
import type { After, IsWord, Shown, Token } from './words.js';

/** A number that need not be whole, or a name. */
export type Amount<Role extends AmountRole, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<mustBe<Role, (typeof amounts)[Role], Shown<Taken>>, Rest>
      : Taken extends `${NumeralStart}${string}`
        ? [AmountFault<Role, Taken>] extends [never]
          ? Parsed<NumberOf<Taken>, After<Rest, Taken>>
          : Unparsed<AmountFault<Role, Taken>, Rest>
        : Parsed<Name<Taken>, After<Rest, Taken>>
    : never;

/** The same where no name may be. */
export type AmountNumeral<Role extends AmountRole, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<mustBe<Role, (typeof amounts)[Role], Shown<Taken>>, Rest>
      : [AmountFault<Role, Taken>] extends [never]
        ? Parsed<NumberOf<Taken>, After<Rest, Taken>>
        : Unparsed<AmountFault<Role, Taken>, Rest>
    : never;

/** The factor of a mix: `total` is not a name here, but the other way back. */
export type Mix<Rest extends string> =
  Token<Rest> extends 'total' ? Unparsed<mustBe<'mix', (typeof amounts)['mix'], 'total'>, Rest> : Amount<'mix', Rest>;

/** `training(N)` with its window, or `heldOut`. */
type Observed<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends 'heldOut'
      ? Parsed<{ readonly kind: 'heldOut' }, After<Rest, Taken>>
      : Taken extends 'training'
        ? OpenCount<'window', After<Rest, Taken>> extends infer R
          ? R extends Parsed<infer Window, infer Next>
            ? Closed<{ readonly kind: 'training'; readonly window: Window }, Next>
            : R
          : never
        : Unparsed<mustBe<'on', 'training(window) or heldOut', Shown<Taken>>, Rest>
    : never;

type NotLayers<Rest extends string> = Unparsed<expected<'a layer such as 3 or a range such as 4..7', Shown<Token<Rest>>>, Rest>;

type Layer<Word extends string> = [CountFault<'layer', Word>] extends [never]
  ? Word extends `${infer N extends number}`
    ? N
    : never
  : never;

/** A layer, or a range of layers including both ends; never for other words. The verifier checks the length of a range. */
type LayersOf<Word extends string> = Word extends `${infer From}..${infer To}`
  ? [Layer<From>] extends [never]
    ? never
    : [Layer<To>] extends [never]
      ? never
      : Compare<Layer<From>, Layer<To>> extends 'greater'
        ? never
        : readonly [Layer<From>, Layer<To>]
  : Layer<Word>;

type LayersRest<Rest extends string, Found extends readonly unknown[]> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends true
      ? [LayersOf<Taken>] extends [never]
        ? NotLayers<Rest>
        : Found['length'] extends MostListed
          ? Deferred
          : LayersEnd<After<Rest, Taken>, [...Found, LayersOf<Taken>]>
      : NotLayers<Rest>
    : never;

type LayersEnd<Rest extends string, Found extends readonly unknown[]> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends ']'
      ? Parsed<Found, After<Rest, ']'>>
      : Taken extends ','
        ? LayersRest<After<Rest, ','>, Found>
        : Unparsed<expected<'"," or "]"', Shown<Taken>>, Rest>
    : never;

/** `new`, or `[0, 4..7]`. */
type Layers<Rest extends string> =
  Token<Rest> extends 'new'
    ? Parsed<'new', After<Rest, 'new'>>
    : Bracket<Rest> extends infer B
      ? B extends Parsed<unknown, infer Next>
        ? LayersRest<Next, []>
        : B
      : never;

/** The value of an option that only training stages and their ends have. */
export type TrainValue<Option extends string, Rest extends string> = Option extends 'on'
  ? Observed<Rest>
  : Option extends 'only'
    ? Layers<Rest>
    : Option extends AmountRole
      ? Amount<Option, Rest>
      : Option extends 'patience' | 'atMost' | 'accumulate' | 'batch' | 'context'
        ? Count<Option, Rest>
        : never;
