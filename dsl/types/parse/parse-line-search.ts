/** Line searches in the text form: src/schedule/text/line-search.ts for the compiler. */
import type { Closed, Comma, Named, Numeral, Parsed } from './parse-number.js';
import type { After, Token } from './words.js';

/** `tries: 4` */
type Count<Role extends 'tries' | 'batches', Rest extends string> =
  Named<Role, Rest> extends infer N ? (N extends Parsed<unknown, infer Next> ? Numeral<Role, Next> : N) : never;

type Both<Rest extends string> =
  Count<'tries', Rest> extends infer T
    ? T extends Parsed<unknown, infer Next>
      ? Comma<Next> extends infer C
        ? C extends Parsed<unknown, infer Second>
          ? Count<'batches', Second>
          : C
        : never
      : T
    : never;

/** The maximum number of tries, or `(tries: 4, batches: 2)`. */
export type LineSearch<Rest extends string> =
  Token<Rest> extends '('
    ? Both<After<Rest, '('>> extends infer B
      ? B extends Parsed<infer Value, infer Next>
        ? Closed<Value, Next>
        : B
      : never
    : Numeral<'tries', Rest>;
