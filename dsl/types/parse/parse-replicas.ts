/** What precedes the stages of replicas in the text form: src/schedule/text/replicas.ts for the compiler. */
import type { mustBe } from '../../../src/schedule/sentences.js';
import type { outerChoices } from '../../../src/schedule/text/replicas.js';
import type { expected } from '../../../src/schedule/text/sentences.js';
import type { Closed, Colon, Comma, Count, Open, OpenCountComma, Parsed, Unparsed } from './parse-number.js';
import type { AmountNumeral } from './parse-train-values.js';
import type { After, Shown, Token } from './words.js';

/** `Rounds` is undefined where they are not given. */
export interface ReplicasHead<Replicas = unknown, Every = unknown, Rounds = unknown> {
  readonly replicas: Replicas;
  readonly every: Every;
  readonly rounds: Rounds;
}

/** A value and the comma after it. */
type Separated<V> =
  V extends Parsed<infer Value, infer Rest>
    ? Comma<Rest> extends infer C
      ? C extends Parsed<unknown, infer Next>
        ? Parsed<Value, Next>
        : C
      : never
    : V;

/** `name: COUNT,` */
type CountOption<Role extends 'every' | 'rounds', Rest extends string> =
  Token<Rest> extends Role
    ? Colon<After<Rest, Role>> extends infer C
      ? C extends Parsed<unknown, infer Next>
        ? Separated<Count<Role, Next>>
        : C
      : never
    : Unparsed<expected<`"${Role}:"`, Shown<Token<Rest>>>, Rest>;

type Momentum<R> =
  R extends Parsed<unknown, infer Rest>
    ? Comma<Rest> extends infer C
      ? C extends Parsed<unknown, infer Next>
        ? AmountNumeral<'momentum', Next> extends infer M
          ? M extends Parsed<unknown, infer Last>
            ? Closed<'nesterov', Last>
            : M
          : never
        : C
      : never
    : R;

type Nesterov<Rest extends string> =
  Open<Rest> extends infer O ? (O extends Parsed<unknown, infer First> ? Momentum<AmountNumeral<'rate', First>> : O) : never;

type Outer<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends 'average'
      ? Parsed<Taken, After<Rest, Taken>>
      : Taken extends 'nesterov'
        ? Nesterov<After<Rest, Taken>>
        : Unparsed<mustBe<'outer', typeof outerChoices, Shown<Taken>>, Rest>
    : never;

/** `outer: OUTER,` if it is there; what merges the replicas does not change what the compiler knows. */
type WithOuter<Head, Rest extends string> =
  Token<Rest> extends 'outer'
    ? Colon<After<Rest, 'outer'>> extends infer C
      ? C extends Parsed<unknown, infer Next>
        ? Separated<Outer<Next>> extends infer O
          ? O extends Parsed<unknown, infer Last>
            ? Parsed<Head, Last>
            : O
          : never
        : C
      : never
    : Parsed<Head, Rest>;

type WithRounds<Replicas, Every, Rest extends string> =
  Token<Rest> extends 'rounds'
    ? CountOption<'rounds', Rest> extends infer R
      ? R extends Parsed<infer Rounds, infer Next>
        ? WithOuter<ReplicasHead<Replicas, Every, Rounds>, Next>
        : R
      : never
    : WithOuter<ReplicasHead<Replicas, Every, undefined>, Rest>;

/** `(4, every: 50,`, with `rounds: 10,` and `outer: OUTER,` if they are there. */
export type ReplicasText<Rest extends string> =
  OpenCountComma<'replicas', Rest> extends infer R
    ? R extends Parsed<infer Replicas, infer Next>
      ? CountOption<'every', Next> extends infer E
        ? E extends Parsed<infer Every, infer Last>
          ? WithRounds<Replicas, Every, Last>
          : E
        : never
      : R
    : never;
