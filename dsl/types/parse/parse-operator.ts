/** Operators and growths of the text form: src/schedule/text/operators.ts for the compiler. */
import type { GrowthKind, growthCounts } from '../../../src/schedule/bounds/growth.js';
import type { composesTooFew } from '../../../src/schedule/sentences.js';
import type {
  expected,
  notComposable,
  optionTwice,
  unknownGrowth,
  unknownOperator,
  unknownOption,
  unknownWay,
} from '../../../src/schedule/text/sentences.js';
import type { Least } from '../fault/count-fault.js';
import type { OrElse } from '../fault/or-else.js';
import type { Deferred } from '../fold/state.js';
import type { MostListed } from '../number/limits.js';
import type { Closed, Colon, Comma, Count, Matrix, Open, OpenCount, OpenCountComma, Parsed, Unparsed } from './parse-number.js';
import type { WordValue } from './parse-word.js';
import type { After, IsWord, Shown, Token } from './words.js';

interface Every<Factor, Offset> {
  readonly kind: 'every';
  readonly factor: Factor;
  readonly offset: Offset;
}

type EveryText<Rest extends string> =
  OpenCountComma<'factor', Rest> extends infer R
    ? R extends Parsed<infer Factor, infer Next>
      ? Count<'offset', Next> extends infer O
        ? O extends Parsed<infer Offset, infer Last>
          ? Closed<Every<Factor, Offset>, Last>
          : O
        : never
      : R
    : never;

/** `(K)`, of a growth: a count under its role's name. */
type Counted<Kind extends string, Role extends keyof Least, Rest extends string> =
  OpenCount<Role, Rest> extends infer R
    ? R extends Parsed<infer Found, infer Next>
      ? Closed<{ readonly kind: Kind } & { readonly [R in Role]: Found }, Next>
      : R
    : never;

/** `(K)` or `(K, pairing: halves)`. */
type PairedText<Kind extends 'average' | 'width', Rest extends string> =
  OpenCount<'factor', Rest> extends infer R
    ? R extends Parsed<infer Factor, infer Next>
      ? PairingOption<Kind, unknown, Next> extends infer O
        ? O extends Parsed<infer Given, infer Last>
          ? Closed<{ readonly kind: Kind; readonly factor: Factor } & PairingGiven<Given>, Last>
          : O
        : never
      : R
    : never;

/** The operator's key for its option: none for neighbours. */
type PairingGiven<Given> = Given extends { readonly pairing: 'halves' } ? Given : unknown;

/** Nothing, or `, pairing: WORD`. */
type PairingOption<Kind extends 'average' | 'width', Given, Rest extends string> =
  Token<Rest> extends ',' ? Pairing<Kind, Given, After<Rest, ','>> : Parsed<Given, Rest>;

type Pairing<Kind extends 'average' | 'width', Given, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'an option', Shown<Taken>>, Rest>
      : Taken extends 'pairing'
        ? Taken extends keyof Given
          ? Unparsed<optionTwice<Kind, Taken>, Rest>
          : Colon<After<Rest, Taken>> extends infer C
            ? C extends Parsed<unknown, infer Next>
              ? PairingValue<Kind, Next>
              : C
            : never
        : Unparsed<unknownOption<Kind, Taken>, Rest>
    : never;

type PairingValue<Kind extends 'average' | 'width', Rest extends string> =
  WordValue<'pairing', Rest> extends infer V
    ? V extends Parsed<infer Word, infer Next>
      ? PairingOption<Kind, { readonly pairing: Word }, Next>
      : V
    : never;

type SecondMatrix<R, Rest extends string> =
  Matrix<Rest> extends infer M
    ? M extends Parsed<infer P, infer Next>
      ? Closed<{ readonly kind: 'matrix'; readonly restriction: R; readonly prolongation: P }, Next>
      : M
    : never;

type FirstMatrix<Rest extends string> =
  Matrix<Rest> extends infer M
    ? M extends Parsed<infer R, infer Next>
      ? Comma<Next> extends infer C
        ? C extends Parsed<unknown, infer Second>
          ? SecondMatrix<R, Second>
          : C
        : never
      : M
    : never;

type MatrixText<Rest extends string> = Open<Rest> extends infer O ? (O extends Parsed<unknown, infer Next> ? FirstMatrix<Next> : O) : never;

/** What follows the word of an operator that is not a composition; never for other words. */
type SimpleText<Word extends string, Rest extends string> = Word extends 'even'
  ? Parsed<Every<2, 0>, Rest>
  : Word extends 'odd'
    ? Parsed<Every<2, 1>, Rest>
    : Word extends 'every'
      ? EveryText<Rest>
      : Word extends 'average' | 'width'
        ? PairedText<Word, Rest>
        : Word extends 'matrix'
          ? MatrixText<Rest>
          : never;

/** One operator of a composition. */
type PartText<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'an operator', Shown<Taken>>, Rest>
      : OrElse<SimpleText<Taken, After<Rest, Taken>>, Unparsed<notComposable<Taken>, Rest>>
    : never;

/** At least two operators, separated by commas. */
type PartsText<Rest extends string, Found extends readonly unknown[]> =
  PartText<Rest> extends infer P
    ? P extends Parsed<infer Part, infer Next>
      ? Token<Next> extends ','
        ? Found['length'] extends MostListed
          ? Deferred
          : PartsText<After<Next, ','>, [...Found, Part]>
        : Found extends readonly []
          ? Unparsed<composesTooFew<1>, Next>
          : Closed<{ readonly kind: 'compose'; readonly operators: [...Found, Part] }, Next>
      : P
    : never;

type ComposeText<Rest extends string> =
  Open<Rest> extends infer O ? (O extends Parsed<unknown, infer Next> ? PartsText<Next, []> : O) : never;

/** What follows an operator's word; never for other words. */
type OperatorText<Word extends string, Rest extends string> = Word extends 'compose' ? ComposeText<Rest> : SimpleText<Word, Rest>;

/** What follows the word of a growth of the depth; never for other words. */
type GrowthText<Word extends string, Rest extends string> = Word extends GrowthKind
  ? Counted<Word, (typeof growthCounts)[Word], Rest>
  : Word extends 'interleave'
    ? Counted<'repeat', 'factor', Rest>
    : never;

export type Operator<Stage extends string, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'an operator', Shown<Taken>>, Rest>
      : OrElse<OperatorText<Taken, After<Rest, Taken>>, Unparsed<unknownOperator<Stage, Taken>, Rest>>
    : never;

export type Growth<Stage extends string, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'a growth', Shown<Taken>>, Rest>
      : Taken extends 'width'
        ? PairedText<Taken, After<Rest, Taken>>
        : OrElse<GrowthText<Taken, After<Rest, Taken>>, Unparsed<unknownGrowth<Stage, Taken>, Rest>>
    : never;

export type OperatorOrGrowth<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'an operator', Shown<Taken>>, Rest>
      : OrElse<OperatorText<Taken, After<Rest, Taken>>, OrElse<GrowthText<Taken, After<Rest, Taken>>, Unparsed<unknownWay<Taken>, Rest>>>
    : never;
