/** Line searches in the text form: src/schedule/text/line-search.ts for the compiler. */
import type { expected } from '../../../src/schedule/text/sentences.js';
import type { Closed, Colon, Comma, Numeral, Parsed, Unparsed } from './parse-number.js';
import type { After, Shown, Token } from './words.js';

/** `tries: 4` */
type Named<Role extends 'tries' | 'batches', Rest extends string> =
  Token<Rest> extends Role
    ? Colon<After<Rest, Role>> extends infer C
      ? C extends Parsed<unknown, infer Next>
        ? Numeral<Role, Next>
        : C
      : never
    : Unparsed<expected<`"${Role}"`, Shown<Token<Rest>>>, Rest>;

type Both<Rest extends string> =
  Named<'tries', Rest> extends infer T
    ? T extends Parsed<unknown, infer Next>
      ? Comma<Next> extends infer C
        ? C extends Parsed<unknown, infer Second>
          ? Named<'batches', Second>
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
