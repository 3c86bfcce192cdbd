/** One stage of the text form: src/schedule/text/grammar.ts for the compiler. */
import type { expected, missingParenthesis, mustBe, optionTwice, unknownOperator, unknownOption } from '../../src/schedule/sentences.js';
import type { optionValues, stageOptions } from '../../src/schedule/text/grammar.js';
import type { CountFault, Least } from './count-fault.js';
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

/** A count that is still a name. */
export interface Name<Text extends string = string> {
  readonly name: Text;
}

/** The rest after a mark, or the sentence about what stands there instead. */
type Skip<Rest extends string, Taken extends string, M extends string, Sentence extends string> = Taken extends M
  ? Parsed<M, After<Rest, M>>
  : Unparsed<Sentence, Rest>;

type Open<Rest extends string> = Skip<Rest, Token<Rest>, '(', missingParenthesis<'(', Shown<Token<Rest>>>>;
type Close<Rest extends string> = Skip<Rest, Token<Rest>, ')', missingParenthesis<')', Shown<Token<Rest>>>>;
type Comma<Rest extends string> = Skip<Rest, Token<Rest>, ',', expected<'","', Shown<Token<Rest>>>>;
type Colon<Rest extends string> = Skip<Rest, Token<Rest>, ':', expected<'":"', Shown<Token<Rest>>>>;

/** Closes a stage that is otherwise read. */
type Closed<Stage, Rest extends string> =
  Close<Rest> extends infer R ? (R extends Parsed<unknown, infer Next> ? Parsed<Stage, Next> : R) : never;

type NumeralStart = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '-' | '+' | '.';

type Count<Role extends keyof Least, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'a number or a name', Shown<Taken>>, Rest>
      : Taken extends `${NumeralStart}${string}`
        ? [CountFault<Role, Taken>] extends [never]
          ? Taken extends `${infer N extends number}`
            ? Parsed<N, After<Rest, Taken>>
            : never
          : Unparsed<CountFault<Role, Taken>, Rest>
        : Parsed<Name<Taken>, After<Rest, Taken>>
    : never;

/** `(count`, what most stages begin with. */
type OpenCount<Role extends keyof Least, Rest extends string> =
  Open<Rest> extends infer R ? (R extends Parsed<unknown, infer Next> ? Count<Role, Next> : R) : never;

/** `(count,`. */
type OpenCountComma<Role extends keyof Least, Rest extends string> =
  OpenCount<Role, Rest> extends infer R
    ? R extends Parsed<infer N, infer Next>
      ? Comma<Next> extends infer C
        ? C extends Parsed<unknown, infer Last>
          ? Parsed<N, Last>
          : C
        : never
      : R
    : never;

interface Every<Factor, Offset> {
  readonly kind: 'every';
  readonly factor: Factor;
  readonly offset: Offset;
}

type EveryOperator<Rest extends string> =
  OpenCountComma<'factor', Rest> extends infer R
    ? R extends Parsed<infer Factor, infer Next>
      ? Count<'offset', Next> extends infer O
        ? O extends Parsed<infer Offset, infer Last>
          ? Closed<Every<Factor, Offset>, Last>
          : O
        : never
      : R
    : never;

type Operator<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'an operator', Shown<Taken>>, Rest>
      : Taken extends 'even'
        ? Parsed<Every<2, 0>, After<Rest, Taken>>
        : Taken extends 'odd'
          ? Parsed<Every<2, 1>, After<Rest, Taken>>
          : Taken extends 'every'
            ? EveryOperator<After<Rest, Taken>>
            : Unparsed<unknownOperator<Taken>, Rest>
    : never;

type Options = typeof stageOptions;
type OptionName = keyof typeof optionValues;

/** Two values each, as `optionValues.join(' or ')`. */
type ValuesText<Option extends OptionName> = `${(typeof optionValues)[Option][0]} or ${(typeof optionValues)[Option][1]}`;

type OptionValue<Option extends OptionName, Given, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends (typeof optionValues)[Option][number]
      ? Parsed<Given & { readonly [O in Option]: Taken }, After<Rest, Taken>>
      : Unparsed<mustBe<Option, ValuesText<Option>, Shown<Taken>>, Rest>
    : never;

type Option<Stage extends keyof Options, Given, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<expected<'an option', Shown<Taken>>, Rest>
      : Taken extends Options[Stage][number]
        ? Taken extends keyof Given
          ? Unparsed<optionTwice<Stage, Taken>, Rest>
          : Colon<After<Rest, Taken>> extends infer R
            ? R extends Parsed<unknown, infer Next>
              ? OptionValue<Taken, Given, Next>
              : R
            : never
        : Unparsed<unknownOption<Stage, Taken>, Rest>
    : never;

/** Any number of `, name: value`. */
type OptionList<Stage extends keyof Options, Given, Rest extends string> =
  Token<Rest> extends ','
    ? Option<Stage, Given, After<Rest, ','>> extends infer R
      ? R extends Parsed<infer More, infer Next>
        ? OptionList<Stage, More, Next>
        : R
      : never
    : Parsed<Given, Rest>;

type TrainText<Rest extends string> =
  OpenCount<'steps', Rest> extends infer R
    ? R extends Parsed<infer Steps, infer Next>
      ? Closed<{ readonly kind: 'train'; readonly steps: Steps }, Next>
      : R
    : never;

type RestrictText<Rest extends string> =
  Open<Rest> extends infer R
    ? R extends Parsed<unknown, infer Next>
      ? Operator<Next> extends infer O
        ? O extends Parsed<infer Chosen, infer Listed>
          ? OptionList<'restrict', unknown, Listed> extends infer L
            ? L extends Parsed<unknown, infer Last>
              ? Closed<{ readonly kind: 'restrict'; readonly operator: Chosen }, Last>
              : L
            : never
          : O
        : never
      : R
    : never;

type ProlongateText<Rest extends string> =
  Token<Rest> extends '('
    ? Option<'prolongate', unknown, After<Rest, '('>> extends infer O
      ? O extends Parsed<infer Given, infer Next>
        ? OptionList<'prolongate', Given, Next> extends infer L
          ? L extends Parsed<unknown, infer Last>
            ? Closed<{ readonly kind: 'prolongate' }, Last>
            : L
          : never
        : O
      : never
    : Parsed<{ readonly kind: 'prolongate' }, Rest>;

/** What stands after a stage's name; never for a name that no stage has. */
export type StageText<Word extends string, Rest extends string> = Word extends 'train'
  ? TrainText<Rest>
  : Word extends 'restrict'
    ? RestrictText<Rest>
    : Word extends 'prolongate'
      ? ProlongateText<Rest>
      : never;

/** What stands between the name of a stage that holds stages and its first stage; never for other names. */
export type OpenerText<Word extends string, Rest extends string> = Word extends 'repeat' ? OpenCountComma<'times', Rest> : never;
