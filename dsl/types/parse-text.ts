/** The text form as a tuple of stage types, or the sentence why it is none: `parse` of src/schedule/text/parse.ts for the compiler. */
import type { emptyPipeline } from '../../src/schedule/sentences.js';
import type {
  armsInParentheses,
  expected,
  inColumn,
  missingParenthesis,
  unknownStage,
  unopenedParenthesis,
} from '../../src/schedule/text/sentences.js';
import type { ColumnOf } from './column.js';
import type { CycleText } from './parse-cycle.js';
import type { Policies } from './parse-moments.js';
import type { Closed, Parsed, Unparsed } from './parse-number.js';
import type { MoreOptions } from './parse-options.js';
import type { OpenerText, StageText } from './parse-stage.js';
import type { Fault } from './state.js';
import type { WithMoments } from './with-moments.js';
import type { After, IsWord, Shown, Token, TrimStart } from './words.js';

/**
 * An open parenthesis: the stages before it, the times of its repeat, and the arms that have ended. In the place of times, policies stand for
 * those of a group, and `parentheses` for stages that mean what they mean without it, where there may be arms.
 */
interface Frame {
  readonly before: readonly unknown[];
  readonly times: unknown;
  readonly arms: readonly unknown[];
}

interface Branch<Arms extends readonly unknown[], Shared> {
  readonly kind: 'branch';
  readonly arms: Arms;
  readonly shared: Shared;
}

/** The stages before a frame with the frame's own stages, now that it closes. */
type Close<F extends Frame, Stages extends readonly unknown[]> = F['times'] extends 'parentheses'
  ? F['arms'] extends readonly []
    ? [...F['before'], ...Stages]
    : [...F['before'], Branch<[...F['arms'], Stages], { readonly kind: 'average' }>]
  : F['times'] extends Policies<infer Down, infer Up>
    ? [...F['before'], ...WithMoments<Stages, Down, Up>]
    : [...F['before'], { readonly kind: 'repeat'; readonly times: F['times']; readonly stages: Stages }];

/** A stage is due. */
type ExpectStage<Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends '('
      ? ExpectStage<After<Rest, '('>, [], [{ before: Stages; times: 'parentheses'; arms: [] }, ...Frames]>
      : IsWord<Taken> extends false
        ? Unparsed<expected<'a stage', Shown<Taken>>, Rest>
        : StageText<Taken, After<Rest, Taken>> extends infer R
          ? [R] extends [never]
            ? Cycled<Taken, Rest, Stages, Frames>
            : R extends Parsed<infer Stage, infer Next>
              ? Had<Next, [...Stages, Stage], Frames>
              : R
          : never
    : never;

type Cycled<Taken extends string, Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> =
  CycleText<Taken, After<Rest, Taken>> extends infer R
    ? [R] extends [never]
      ? Opened<Taken, Rest, Stages, Frames>
      : R extends Parsed<infer Cycle extends readonly unknown[], infer Next>
        ? Had<Next, [...Stages, ...Cycle], Frames>
        : R
    : never;

type Opened<Taken extends string, Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> =
  OpenerText<Taken, After<Rest, Taken>> extends infer R
    ? [R] extends [never]
      ? Unparsed<unknownStage<Taken>, Rest>
      : R extends Parsed<infer Times, infer Next>
        ? ExpectStage<Next, [], [{ before: Stages; times: Times; arms: [] }, ...Frames]>
        : R
    : never;

/** A stage has been. */
type Had<Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends '>>'
      ? ExpectStage<After<Rest, '>>'>, Stages, Frames>
      : Taken extends ')'
        ? Frames extends readonly [infer F extends Frame, ...infer Outer extends readonly Frame[]]
          ? Had<After<Rest, ')'>, Close<F, Stages>, Outer>
          : Unparsed<unopenedParenthesis, Rest>
        : Taken extends ''
          ? Frames extends readonly []
            ? Stages
            : Unparsed<missingParenthesis<')', Shown<''>>, Rest>
          : Taken extends '|'
            ? NextArm<Rest, Stages, Frames>
            : Taken extends ','
              ? ArmOptions<Rest, Stages, Frames>
              : Unparsed<expected<'">>"', Shown<Taken>>, Rest>
    : never;

/** After the stages of an arm, at `|`. */
type NextArm<Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> = Frames extends readonly [
  infer F extends Frame,
  ...infer Outer extends readonly Frame[],
]
  ? F['times'] extends 'parentheses'
    ? ExpectStage<After<Rest, '|'>, [], [{ before: F['before']; times: 'parentheses'; arms: [...F['arms'], Stages] }, ...Outer]>
    : Unparsed<armsInParentheses, Rest>
  : Unparsed<armsInParentheses, Rest>;

/** After the stages of the last arm, at the comma before its options. */
type ArmOptions<Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> = Frames extends readonly [
  infer F extends Frame,
  ...infer Outer extends readonly Frame[],
]
  ? F['times'] extends 'parentheses'
    ? Optioned<Rest, F['before'], [...F['arms'], Stages], Outer>
    : Unparsed<expected<'">>"', Shown<','>>, Rest>
  : Unparsed<expected<'">>"', Shown<','>>, Rest>;

type Optioned<Rest extends string, Before extends readonly unknown[], Arms extends readonly unknown[], Frames extends readonly Frame[]> =
  MoreOptions<'branch', unknown, Rest> extends infer O
    ? O extends Parsed<infer Given, infer Listed>
      ? Closed<Given extends { readonly shared: infer Shared } ? Branch<Arms, Shared> : never, Listed> extends infer C
        ? C extends Parsed<infer Stage, infer Next>
          ? Had<Next, [...Before, Stage], Frames>
          : C
        : never
      : O
    : never;

type Placed<Text extends string, R> = R extends Unparsed<infer Sentence, infer Rest> ? Fault<inColumn<ColumnOf<Text, Rest>, Sentence>> : R;

export type ParseText<Text extends string> =
  TrimStart<Text> extends infer Rest extends string
    ? Rest extends ''
      ? Fault<emptyPipeline>
      : Placed<Text, ExpectStage<Rest, [], []>>
    : never;
