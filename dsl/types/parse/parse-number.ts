/** Punctuation and numbers of the text form: src/schedule/text/numbers.ts for the compiler. */
import type { wrongCorrection } from '../../../src/schedule/sentences.js';
import type { expected, missingParenthesis } from '../../../src/schedule/text/sentences.js';
import type { AlphaFault } from '../fault/alpha-fault.js';
import type { CountFault, Least, NumeralStart } from '../fault/count-fault.js';
import type { Deferred } from '../fold/state.js';
import type { NumberOf } from '../number/exponent.js';
import type { MostListed } from '../number/limits.js';
import type { After, IsWord, Shown, Token } from './words.js';

/** A value, and the rest of the text. */
export interface Parsed<Value = unknown, Rest extends string = string> {
  readonly value: Value;
  readonly rest: Rest;
}

/** A sentence about the token with which a rest begins. */
export interface Unparsed<Sentence extends string = string, Rest extends string = string> {
  readonly sentence: Sentence;
  readonly rest: Rest;
}

/** A number that is still a name. */
export interface Name<Text extends string = string> {
  readonly name: Text;
}

/** The rest after a mark, or the sentence about what was found instead. */
type Skip<Rest extends string, Taken extends string, M extends string, Sentence extends string> = Taken extends M
  ? Parsed<M, After<Rest, M>>
  : Unparsed<Sentence, Rest>;

export type Open<Rest extends string> = Skip<Rest, Token<Rest>, '(', missingParenthesis<'(', Shown<Token<Rest>>>>;
type Close<Rest extends string> = Skip<Rest, Token<Rest>, ')', missingParenthesis<')', Shown<Token<Rest>>>>;
export type Comma<Rest extends string> = Skip<Rest, Token<Rest>, ',', expected<'","', Shown<Token<Rest>>>>;
export type Colon<Rest extends string> = Skip<Rest, Token<Rest>, ':', expected<'":"', Shown<Token<Rest>>>>;
export type Bracket<Rest extends string> = Skip<Rest, Token<Rest>, '[', expected<'"["', Shown<Token<Rest>>>>;

/** What follows `name:`, in a place where no other name may be. */
export type Named<Name extends string, Rest extends string> =
  Token<Rest> extends Name ? Colon<After<Rest, Name>> : Unparsed<expected<`"${Name}"`, Shown<Token<Rest>>>, Rest>;

/** The first of some options that is not given, or never. */
export type Missing<Names extends readonly string[], Given> = Names extends readonly [infer First, ...infer Rest extends readonly string[]]
  ? First extends keyof Given
    ? Missing<Rest, Given>
    : First
  : never;

/** Closes a stage whose content has been parsed. */
export type Closed<Stage, Rest extends string> =
  Close<Rest> extends infer R ? (R extends Parsed<unknown, infer Next> ? Parsed<Stage, Next> : R) : never;

type NumeralAt<Role extends keyof Least, Taken extends string, Rest extends string> = [CountFault<Role, Taken>] extends [never]
  ? Taken extends `${infer N extends number}`
    ? Parsed<N, After<Rest, Taken>>
    : never
  : Unparsed<CountFault<Role, Taken>, Rest>;

export type Count<Role extends keyof Least, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'a number or a name', Shown<Taken>>, Rest>
      : Taken extends `${NumeralStart}${string}`
        ? NumeralAt<Role, Taken, Rest>
        : Parsed<Name<Taken>, After<Rest, Taken>>
    : never;

/** A count that may not be a name. */
export type Numeral<Role extends keyof Least, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'a number', Shown<Taken>>, Rest>
      : NumeralAt<Role, Taken, Rest>
    : never;

/** `(count`, what most stages begin with. */
export type OpenCount<Role extends keyof Least, Rest extends string> =
  Open<Rest> extends infer R ? (R extends Parsed<unknown, infer Next> ? Count<Role, Next> : R) : never;

/** `(count,`. */
export type OpenCountComma<Role extends keyof Least, Rest extends string> =
  OpenCount<Role, Rest> extends infer R
    ? R extends Parsed<infer N, infer Next>
      ? Comma<Next> extends infer C
        ? C extends Parsed<unknown, infer Last>
          ? Parsed<N, Last>
          : C
        : never
      : R
    : never;

/** `total`, a number, or a name. */
export type Correction<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<wrongCorrection<Shown<Taken>>, Rest>
      : Taken extends `${NumeralStart}${string}`
        ? [AlphaFault<Taken>] extends [never]
          ? Parsed<'numeral', After<Rest, Taken>>
          : Unparsed<AlphaFault<Taken>, Rest>
        : Parsed<Taken extends 'total' ? Taken : Name<Taken>, After<Rest, Taken>>
    : never;

type NotReal<Rest extends string> = Unparsed<expected<'a number such as -0.5', Shown<Token<Rest>>>, Rest>;

/** A number that JavaScript writes differently may be just `number`: what depends on its value is left to the verifier. */
type Real<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends `${number}`
      ? Parsed<NumberOf<Taken>, After<Rest, Taken>>
      : NotReal<Rest>
    : never;

/** After a number of a row: the rest of the row. */
type RowRest<Rest extends string, Row extends readonly unknown[]> =
  Token<Rest> extends infer Taken
    ? Taken extends ']'
      ? Parsed<Row, After<Rest, ']'>>
      : Taken extends ','
        ? Real<After<Rest, ','>> extends infer R
          ? R extends Parsed<infer N, infer Next>
            ? Row['length'] extends MostListed
              ? Deferred
              : RowRest<Next, [...Row, N]>
            : R
          : never
        : Unparsed<expected<'"," or "]"', Shown<Token<Rest>>>, Rest>
    : never;

type Row<Rest extends string> =
  Bracket<Rest> extends infer B
    ? B extends Parsed<unknown, infer First>
      ? Real<First> extends infer R
        ? R extends Parsed<infer N, infer Next>
          ? RowRest<Next, [N]>
          : R
        : never
      : B
    : never;

/** After a row of a matrix: the rest of the matrix. */
type RowsRest<Rest extends string, Rows extends readonly unknown[]> =
  Token<Rest> extends infer Taken
    ? Taken extends ']'
      ? Parsed<Rows, After<Rest, ']'>>
      : Taken extends ','
        ? Row<After<Rest, ','>> extends infer R
          ? R extends Parsed<infer More, infer Next>
            ? Rows['length'] extends MostListed
              ? Deferred
              : RowsRest<Next, [...Rows, More]>
            : R
          : never
        : Unparsed<expected<'"," or "]"', Shown<Token<Rest>>>, Rest>
    : never;

/** `[[a, b], [c, d]]` */
export type Matrix<Rest extends string> =
  Bracket<Rest> extends infer B
    ? B extends Parsed<unknown, infer First>
      ? Row<First> extends infer R
        ? R extends Parsed<infer Only, infer Next>
          ? RowsRest<Next, [Only]>
          : R
        : never
      : B
    : never;
