/** Options of the text form: src/schedule/text/options.ts for the compiler. */

import type { CycleName } from '../../src/schedule/cycles.js';
import type { expected, growthHasNoTau, optionTwice, unknownOption } from '../../src/schedule/sentences.js';
import type { Optioned, stageOptions } from '../../src/schedule/text/options.js';
import type { LineSearch } from './parse-line-search.js';
import type { ByDirection } from './parse-moments.js';
import type { Colon, Correction, Count, Numeral, Parsed, Unparsed } from './parse-number.js';
import type { Operator, OperatorOrGrowth } from './parse-operator.js';
import type { SharedPolicy } from './parse-shared-policy.js';
import type { Tau } from './parse-tau.js';
import type { TrainValue } from './parse-train-values.js';
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
    : Option extends 'levels'
      ? Numeral<'levels', Rest>
      : Option extends 'operator'
        ? Stage extends 'cascade'
          ? OperatorOrGrowth<Rest>
          : Operator<Stage, Rest>
        : Option extends 'shared'
          ? SharedPolicy<Rest>
          : Option extends 'pre' | 'coarse' | 'post'
            ? Count<'steps', Rest>
            : Option extends 'tau'
              ? Tau<Rest>
              : Option extends 'lineSearch'
                ? LineSearch<Rest>
                : TrainValue<Option, Rest>;

type OptionValue<Stage extends Optioned, Option extends string, Given, Rest extends string> =
  Value<Stage, Option, Rest> extends infer V
    ? V extends Parsed<infer Found, infer Next>
      ? Parsed<Given & { readonly [O in Option]: Found }, Next>
      : V
    : never;

type Option<Stage extends Optioned, Given, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'an option', Shown<Taken>>, Rest>
      : Taken extends Options[Stage][number]
        ? Taken extends keyof Given
          ? Unparsed<optionTwice<Stage, Taken>, Rest>
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
