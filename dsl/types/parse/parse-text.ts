/** The text form as a tuple of stage types, or the sentence why it is not one: `parse` of src/schedule/text/parse.ts for the compiler. */
import type { emptyPipeline } from '../../../src/schedule/sentences.js';
import type {
  armsInParentheses,
  expected,
  inColumn,
  missingParenthesis,
  unknownStage,
  unopenedParenthesis,
} from '../../../src/schedule/text/sentences.js';
import type { Deferred, Fault } from '../fold/state.js';
import type { MostNested, MostRead } from '../number/limits.js';
import type { WithMoments } from '../stage/with-moments.js';
import type { ColumnOf } from './column.js';
import type { CycleText } from './parse-cycle.js';
import type { Policies } from './parse-moments.js';
import type { Closed, Parsed, Unparsed } from './parse-number.js';
import type { MoreOptions } from './parse-options.js';
import type { ReplicasHead } from './parse-replicas.js';
import type { OpenerText, StageText } from './parse-stage.js';
import type { After, IsLongText, IsWord, Shown, Token, TrimStart } from './words.js';

/**
 * An open parenthesis: the stages before it, the times of its repeat, and the arms that have ended. For a group, its policies take the place of
 * times, for replicas what precedes their stages, and for plain parentheses, which may contain arms, `parentheses`.
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

/** The stages before a frame followed by the frame's own, when it closes. */
type Close<F extends Frame, Stages extends readonly unknown[]> = F['times'] extends 'parentheses'
  ? F['arms'] extends readonly []
    ? [...F['before'], ...Stages]
    : [...F['before'], Branch<[...F['arms'], Stages], { readonly kind: 'average' }>]
  : F['times'] extends Policies<infer Down, infer Up>
    ? [...F['before'], ...WithMoments<Stages, Down, Up>]
    : F['times'] extends ReplicasHead<infer Replicas, infer Every, infer Rounds>
      ? [...F['before'], ReplicasOf<Replicas, Every, Rounds, Stages>]
      : [...F['before'], { readonly kind: 'repeat'; readonly times: F['times']; readonly stages: Stages }];

interface ReplicasOf<Replicas, Every, Rounds, Stages extends readonly unknown[]> extends ReplicasHead<Replicas, Every, Rounds> {
  readonly kind: 'replicas';
  readonly stages: Stages;
}

/** The state between two steps of parsing: a stage is expected, or has just been parsed. */
interface Reading<
  Next extends 'due' | 'had' = 'due' | 'had',
  Rest extends string = string,
  Stages extends readonly unknown[] = readonly unknown[],
  Frames extends readonly Frame[] = readonly Frame[],
> {
  readonly next: Next;
  readonly rest: Rest;
  readonly stages: Stages;
  readonly frames: Frames;
}

/** Opens a frame, unless too many are open. */
type Within<Rest extends string, Frames extends readonly Frame[], F extends Frame> = Frames['length'] extends MostNested
  ? Deferred
  : Reading<'due', Rest, [], [F, ...Frames]>;

type ExpectStage<Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends '('
      ? Within<After<Rest, '('>, Frames, { before: Stages; times: 'parentheses'; arms: [] }>
      : IsWord<Taken> extends false
        ? Unparsed<expected<'a stage', Shown<Taken>>, Rest>
        : StageText<Taken, After<Rest, Taken>> extends infer R
          ? [R] extends [never]
            ? Cycled<Taken, Rest, Stages, Frames>
            : R extends Parsed<infer Stage, infer Next>
              ? Reading<'had', Next, [...Stages, Stage], Frames>
              : R
          : never
    : never;

type Cycled<Taken extends string, Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> =
  CycleText<Taken, After<Rest, Taken>> extends infer R
    ? [R] extends [never]
      ? Opened<Taken, Rest, Stages, Frames>
      : R extends Parsed<infer Cycle extends readonly unknown[], infer Next>
        ? Reading<'had', Next, [...Stages, ...Cycle], Frames>
        : R
    : never;

type Opened<Taken extends string, Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> =
  OpenerText<Taken, After<Rest, Taken>> extends infer R
    ? [R] extends [never]
      ? Unparsed<unknownStage<Taken>, Rest>
      : R extends Parsed<infer Times, infer Next>
        ? Within<Next, Frames, { before: Stages; times: Times; arms: [] }>
        : R
    : never;

type Had<Rest extends string, Stages extends readonly unknown[], Frames extends readonly Frame[]> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends '>>'
      ? Reading<'due', After<Rest, '>>'>, Stages, Frames>
      : Taken extends ')'
        ? Frames extends readonly [infer F extends Frame, ...infer Outer extends readonly Frame[]]
          ? Reading<'had', After<Rest, ')'>, Close<F, Stages>, Outer>
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
    ? Reading<'due', After<Rest, '|'>, [], [{ before: F['before']; times: 'parentheses'; arms: [...F['arms'], Stages] }, ...Outer]>
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
          ? Reading<'had', Next, [...Before, Stage], Frames>
          : C
        : never
      : O
    : never;

/** Step by step, until the text has been parsed, is wrong, or is too long; tail-recursive. */
type Read<R, Steps extends readonly unknown[] = []> =
  R extends Reading<infer Next, infer Rest, infer Stages, infer Frames>
    ? Steps['length'] extends MostRead
      ? Deferred
      : Read<Next extends 'due' ? ExpectStage<Rest, Stages, Frames> : Had<Rest, Stages, Frames>, [...Steps, 0]>
    : R;

type Placed<Text extends string, R> = R extends Unparsed<infer Sentence, infer Rest> ? Fault<inColumn<ColumnOf<Text, Rest>, Sentence>> : R;

/** The stages, a fault, or `Deferred` for a text that is too long. */
export type ParseText<Text extends string> =
  IsLongText<Text> extends true
    ? Deferred
    : TrimStart<Text> extends infer Rest extends string
      ? Rest extends ''
        ? Fault<emptyPipeline>
        : Placed<Text, Read<Reading<'due', Rest, [], []>>>
      : never;
