/** Learnt transfers in the text form: src/schedule/text/fit.ts for the compiler. */
import type { Closed, Comma, Named, Numeral, Parsed } from './parse-number.js';
import type { AmountNumeral } from './parse-train-values.js';
import type { After, Token } from './words.js';

type Steps<Rest extends string> =
  Named<'steps', Rest> extends infer N ? (N extends Parsed<unknown, infer Next> ? Numeral<'fit', Next> : N) : never;

type Rate<Rest extends string> =
  Named<'rate', Rest> extends infer N ? (N extends Parsed<unknown, infer Next> ? AmountNumeral<'rate', Next> : N) : never;

type Both<Rest extends string> =
  Steps<Rest> extends infer S
    ? S extends Parsed<unknown, infer Next>
      ? Comma<Next> extends infer C
        ? C extends Parsed<unknown, infer Second>
          ? Rate<Second>
          : C
        : never
      : S
    : never;

/** The number of steps, or `(steps: 100, rate: 0.1)`. */
export type Fit<Rest extends string> =
  Token<Rest> extends '('
    ? Both<After<Rest, '('>> extends infer B
      ? B extends Parsed<infer Value, infer Next>
        ? Closed<Value, Next>
        : B
      : never
    : Numeral<'fit', Rest>;
