/** Tau corrections in the text form: src/schedule/text/tau.ts for the compiler. */
import type { Numeral, Parsed } from './parse-number.js';
import type { After, Token } from './words.js';

/** `false` is the same as no option. */
export type Tau<Rest extends string> =
  Token<Rest> extends 'true'
    ? Parsed<1, After<Rest, 'true'>>
    : Token<Rest> extends 'false'
      ? Parsed<undefined, After<Rest, 'false'>>
      : Numeral<'tau', Rest>;
