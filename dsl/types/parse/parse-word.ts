/** A value that is one of a few words: src/schedule/defaults.ts and its parser for the compiler. */

import type { optionValues } from '../../../src/schedule/defaults.js';
import type { mustBe } from '../../../src/schedule/sentences.js';
import type { Parsed, Unparsed } from './parse-number.js';
import type { After, Shown, Token } from './words.js';

export type OptionWords = typeof optionValues;

/** As `values.join(' or ')`. */
type Joined<Values extends readonly string[]> = Values extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? Rest extends readonly []
    ? First
    : `${First} or ${Joined<Rest>}`
  : '';

export type WordValue<Option extends keyof OptionWords, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends OptionWords[Option][number]
      ? Parsed<Taken, After<Rest, Taken>>
      : Unparsed<mustBe<Option, Joined<OptionWords[Option]>, Shown<Taken>>, Rest>
    : never;
