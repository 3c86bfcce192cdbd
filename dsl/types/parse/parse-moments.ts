/** Policies for both directions: src/schedule/text/moments.ts for the compiler. */
import type { Closed, Comma, Named, Open, Parsed } from './parse-number.js';
import type { WordValue } from './parse-word.js';
import type { After, Token } from './words.js';

type Policy = 'moments' | 'counters';

/** A policy for each direction. */
export interface Policies<Down = unknown, Up = unknown> {
  readonly down: Down;
  readonly up: Up;
}

/** `down: A` */
type Direction<Word extends string, Option extends Policy, Rest extends string> =
  Named<Word, Rest> extends infer N ? (N extends Parsed<unknown, infer Next> ? WordValue<Option, Next> : N) : never;

/** `down: A, up: B` */
type Directions<Option extends Policy, Rest extends string> =
  Direction<'down', Option, Rest> extends infer D
    ? D extends Parsed<infer Down, infer Next>
      ? Comma<Next> extends infer C
        ? C extends Parsed<unknown, infer Second>
          ? Direction<'up', Option, Second> extends infer U
            ? U extends Parsed<infer Up, infer Last>
              ? Parsed<Policies<Down, Up>, Last>
              : U
            : never
          : C
        : never
      : D
    : never;

/** One policy, or `(down: A, up: B)`. */
export type ByDirection<Option extends Policy, Rest extends string> =
  Token<Rest> extends '('
    ? Directions<Option, After<Rest, '('>> extends infer D
      ? D extends Parsed<infer Value, infer Next>
        ? Closed<Value, Next>
        : D
      : never
    : WordValue<Option, Rest>;

/** `(down: A, up: B,`, before the stages of a group. */
export type GroupPolicies<Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? Directions<'moments', First> extends infer D
        ? D extends Parsed<infer Both, infer Next>
          ? Comma<Next> extends infer C
            ? C extends Parsed<unknown, infer Last>
              ? Parsed<Both, Last>
              : C
            : never
          : D
        : never
      : O
    : never;
