/** Options of the text form, training stages and their ends: src/schedule/text/options.ts for the compiler. */
import type { AmountRole } from '../../../src/schedule/bounds/amounts.js';
import type { CycleName } from '../../../src/schedule/cycles.js';
import type { growthHasNoTau, mixAndCorrection, mustBe } from '../../../src/schedule/sentences.js';
import type { Optioned, otherWay, stageOptions } from '../../../src/schedule/text/option-tables.js';
import type { RateKind } from '../../../src/schedule/text/rates.js';
import type { expected, optionTwice, unknownEnd, unknownOption } from '../../../src/schedule/text/sentences.js';
import type { dataWanted } from '../../../src/schedule/text/sources.js';
import type { Fit } from './parse-fit.js';
import type { LineSearch } from './parse-line-search.js';
import type { ByDirection } from './parse-moments.js';
import type { Closed, Colon, Correction, Count, Numeral, Open, Parsed, Unparsed } from './parse-number.js';
import type { Operator, OperatorOrGrowth } from './parse-operator.js';
import type { SharedPolicy } from './parse-shared-policy.js';
import type { Quoted } from './parse-source.js';
import type { Tau } from './parse-tau.js';
import type { ClosedTrain, EndKind, EndOf, LastingSteps, PartOf } from './parse-train.js';
import type { Amount, AmountNumeral, Mix, TrainValue } from './parse-train-values.js';
import type { OptionWords, WordValue } from './parse-word.js';
import type { After, IsWord, Shown, Token } from './words.js';

type Options = typeof stageOptions;

type Value<Stage extends Optioned, Option extends string, Rest extends string> = Option extends keyof OptionWords
  ? Stage extends CycleName
    ? Option extends 'moments' | 'counters'
      ? ByDirection<Option, Rest>
      : WordValue<Option, Rest>
    : WordValue<Option, Rest>
  : Option extends 'correction'
    ? Correction<Rest>
    : Option extends 'mix'
      ? Mix<Rest>
      : Option extends 'levels'
        ? Numeral<'levels', Rest>
        : Option extends 'operator'
          ? Stage extends 'cascade'
            ? OperatorOrGrowth<Rest>
            : Operator<Stage, Rest>
          : Option extends 'shared'
            ? SharedPolicy<Rest>
            : Option extends 'pre' | 'coarse' | 'post'
              ? Part<Rest>
              : Option extends 'tau'
                ? Tau<Rest>
                : Option extends 'lineSearch'
                  ? LineSearch<Rest>
                  : Option extends 'fit'
                    ? Fit<Rest>
                    : Option extends 'learningRate'
                      ? Rate<Rest>
                      : Option extends 'floor' | 'decay' | 'heldOut'
                        ? AmountNumeral<Option, Rest>
                        : Option extends 'warmup' | 'rewarm'
                          ? Numeral<Option, Rest>
                          : Option extends 'data'
                            ? Data<Rest>
                            : Option extends 'tokenizer' | 'field'
                              ? Quoted<Option, Rest>
                              : TrainValue<Option, Rest>;

type OptionValue<Stage extends Optioned, Option extends string, Given, Rest extends string> =
  Value<Stage, Option, Rest> extends infer V
    ? V extends Parsed<infer Found, infer Next>
      ? Parsed<Given & { readonly [O in Option]: Found }, Next>
      : V
    : never;

/** Whether an option excludes one that was already given. */
type IsGivenOtherwise<Taken extends string, Given> = Taken extends keyof typeof otherWay
  ? (typeof otherWay)[Taken] extends keyof Given
    ? true
    : false
  : false;

type Option<Stage extends Optioned, Given, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'an option', Shown<Taken>>, Rest>
      : Taken extends Options[Stage][number]
        ? Taken extends keyof Given
          ? Unparsed<optionTwice<Stage, Taken>, Rest>
          : IsGivenOtherwise<Taken, Given> extends true
            ? Unparsed<mixAndCorrection, Rest>
            : Colon<After<Rest, Taken>> extends infer R
              ? R extends Parsed<unknown, infer Next>
                ? OptionValue<Stage, Taken, Given, Next>
                : R
              : never
        : [Stage, Taken] extends ['grow', 'tau']
          ? Unparsed<growthHasNoTau, Rest>
          : Unparsed<unknownOption<Stage, Taken>, Rest>
    : never;

/** Any number of `, name: value`. */
export type MoreOptions<Stage extends Optioned, Given, Rest extends string> =
  Token<Rest> extends ','
    ? Option<Stage, Given, After<Rest, ','>> extends infer R
      ? R extends Parsed<infer More, infer Next>
        ? MoreOptions<Stage, More, Next>
        : R
      : never
    : Parsed<Given, Rest>;

/** `name: value`, once or more, with commas between. */
export type SomeOptions<Stage extends Optioned, Rest extends string> =
  Option<Stage, unknown, Rest> extends infer O ? (O extends Parsed<infer Given, infer Next> ? MoreOptions<Stage, Given, Next> : O) : never;

/** `constant`, `cosine` or `wsd`, from its peak on. */
type RateText<Kind extends RateKind, Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? AmountNumeral<'peak', First> extends infer P
        ? P extends Parsed<unknown, infer Next>
          ? MoreOptions<Kind, unknown, Next> extends infer M
            ? M extends Parsed<unknown, infer Last>
              ? Closed<{ readonly kind: Kind }, Last>
              : M
            : never
          : P
        : never
      : O
    : never;

/** What follows `text`. */
type TextText<Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? Quoted<'source', First> extends infer Q
        ? Q extends Parsed<unknown, infer Next>
          ? MoreOptions<'text', unknown, Next> extends infer M
            ? M extends Parsed<unknown, infer Last>
              ? Closed<{ readonly kind: 'text' }, Last>
              : M
            : never
          : Q
        : never
      : O
    : never;

type TokensText<Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? Numeral<'vocabulary', First> extends infer N
        ? N extends Parsed<unknown, infer Next>
          ? Closed<{ readonly kind: 'tokens' }, Next>
          : N
        : never
      : O
    : never;

/** Data, of which the fold needs nothing. */
type Data<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends 'text'
      ? TextText<After<Rest, 'text'>>
      : Taken extends 'tokens'
        ? TokensText<After<Rest, 'tokens'>>
        : Unparsed<mustBe<'data', typeof dataWanted, Shown<Taken>>, Rest>
    : never;

/** A learning rate: a number, a name, or a curve, of which the fold needs nothing. */
type Rate<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends RateKind
      ? RateText<Taken, After<Rest, Taken>>
      : Amount<'learningRate', Rest>
    : never;

/** An end's own number, if it has one, under the end's name. */
type FirstNumber<Kind extends EndKind, Rest extends string> = Kind extends AmountRole
  ? Amount<Kind, Rest> extends infer A
    ? A extends Parsed<infer Value, infer Next>
      ? Parsed<{ readonly [K in Kind]: Value }, Next>
      : A
    : never
  : Parsed<unknown, Rest>;

/** After a number options begin with a comma. */
type EndOptions<Kind extends EndKind, First, Rest extends string> = Kind extends AmountRole
  ? MoreOptions<`until.${Kind}`, First, Rest>
  : SomeOptions<`until.${Kind}`, Rest>;

/** What follows an end's name. */
type EndText<Kind extends EndKind, Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer Opened>
      ? FirstNumber<Kind, Opened> extends infer F
        ? F extends Parsed<infer First, infer Next>
          ? EndOptions<Kind, First, Next> extends infer S
            ? S extends Parsed<infer Given, infer Last>
              ? EndOf<Kind, Given, Last>
              : S
            : never
          : F
        : never
      : O
    : never;

/** A number of steps, or an end. */
type Length<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends `until.${infer Kind}`
      ? Kind extends EndKind
        ? EndText<Kind, After<Rest, Taken>>
        : Unparsed<unknownEnd<Taken>, Rest>
      : LastingSteps<Count<'steps', Rest>>
    : never;

/** What follows `train`. */
export type TrainText<Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? Length<First> extends infer L
        ? L extends Parsed<infer Lasts, infer Next>
          ? MoreOptions<'train', unknown, Next> extends infer M
            ? M extends Parsed<infer Given, infer Last>
              ? ClosedTrain<Lasts, Given, Last>
              : M
            : never
          : L
        : never
      : O
    : never;

/** Training as an option of a cycle: a number of steps, a conditional end, or a training stage with options of its own. */
type Part<Rest extends string> =
  Token<Rest> extends 'train'
    ? Token<After<Rest, 'train'>> extends '('
      ? TrainText<After<Rest, 'train'>>
      : PartOf<Length<Rest>>
    : PartOf<Length<Rest>>;
