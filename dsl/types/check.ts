/**
 * What `pipeline` asks of its arguments: the arguments themselves where they fit (or where the compiler cannot know), else the same
 * tuple with a sentence in the place of the one that does not. The compiler then says: argument so-and-so is not assignable to that sentence.
 */
import type { emptyPipeline, endsCoarse } from '../../src/schedule/sentences.js';
import type { Fold } from './fold.js';
import type { IsLiteralNumber, IsLiteralText } from './literal.js';
import type { Bound, Misbound, Unbound, Use, Uses, Vain } from './names.js';
import type { ParseText } from './parse-text.js';
import type { Fault, Known, State } from './state.js';
import type { AsState, Step } from './step.js';

/** What the types of a model say. */
interface Model {
  readonly layers: number;
  readonly heads: number;
}

type Literal<N extends number> = IsLiteralNumber<N> extends true ? N : number;

/** The finest level alone. */
type Start<M extends Model> = Known<[Literal<M['layers']>], [], [], [Literal<M['heads']>]>;

/** A state at the end of a pipeline: a fault if it is not on level 0. */
type Ended<S> =
  S extends Known<infer Stack, infer Count>
    ? Count extends readonly []
      ? Fault<emptyPipeline>
      : Stack extends readonly [unknown, ...infer Finer]
        ? Finer extends readonly []
          ? S
          : Fault<endsCoarse<Finer['length']>>
        : S
    : S;

/** Stage by stage, so that the sentence lands on the argument that it is about. */
type CheckStages<
  All extends readonly unknown[],
  Rest extends readonly unknown[],
  S extends State,
  Passed extends readonly unknown[] = [],
> = S extends Known
  ? Rest extends readonly [infer Stage, ...infer Later]
    ? AsState<Later extends readonly [] ? Ended<Step<S, Stage, ''>> : Step<S, Stage, ''>> extends infer Next extends State
      ? Next extends Fault<infer Sentence>
        ? [...Passed, Sentence, ...Later]
        : CheckStages<All, Later, Next, [...Passed, Stage]>
      : never
    : All
  : All;

type SentenceOr<S, Fits> = S extends Fault<infer Sentence> ? Sentence : Fits;

type FoldText<M extends Model, Stages extends readonly unknown[], Text, Values> = SentenceOr<
  Ended<Fold<Bound<Stages, Values>, Start<M>>>,
  Text
>;

type OrElse<Sentences, Otherwise> = [Sentences] extends [never] ? Otherwise : Sentences;

type CheckNames<M extends Model, Stages extends readonly unknown[], Text, Values, Given extends readonly unknown[]> =
  Uses<Stages[number]> extends infer Used extends Use
    ? [Unbound<Used, Values>] extends [never]
      ? [OrElse<Vain<Used, Values>, Misbound<Used, Values>>] extends [never]
        ? [FoldText<M, Stages, Text, Values>, ...Given]
        : [Text, OrElse<Vain<Used, Values>, Misbound<Used, Values>>]
      : [Unbound<Used, Values>, ...Given]
    : never;

type CheckText<M extends Model, Text extends string, Values, Given extends readonly unknown[]> =
  IsLiteralText<Text> extends false
    ? [Text, ...Given]
    : ParseText<Text> extends infer Read
      ? Read extends readonly unknown[]
        ? CheckNames<M, Read, Text, Values, Given>
        : [SentenceOr<Read, Text>, ...Given]
      : never;

/** The arguments after the setup. */
export type Check<M extends Model, Arguments extends readonly unknown[]> = number extends Arguments['length']
  ? Arguments
  : Arguments extends readonly [infer Text extends string]
    ? CheckText<M, Text, Record<never, number>, []>
    : Arguments extends readonly [infer Text extends string, infer Values]
      ? CheckText<M, Text, Values, [Values]>
      : CheckStages<Arguments, Arguments, Start<M>>;

/** The layers of a fold's level 0. */
type LayersOf<S> = S extends Known<readonly [infer Layers extends number, ...number[]], readonly unknown[]> ? Layers : number;

type TextDepth<Depth extends number, Text extends string, Values> =
  IsLiteralText<Text> extends false
    ? number
    : ParseText<Text> extends infer Read extends readonly unknown[]
      ? LayersOf<Fold<Bound<Read, Values>, Start<{ readonly layers: Depth; readonly heads: number }>>>
      : number;

/** How many layers the model ends with; `number` where the compiler cannot know. */
export type DepthAfter<Depth extends number, Arguments extends readonly unknown[]> = Arguments extends readonly [infer Text extends string]
  ? TextDepth<Depth, Text, Record<never, number>>
  : Arguments extends readonly [infer Text extends string, infer Values]
    ? TextDepth<Depth, Text, Values>
    : LayersOf<Fold<Arguments, Start<{ readonly layers: Depth; readonly heads: number }>>>;

/** The setup, unless nothing follows it. */
export type CheckSetup<Setup, Arguments extends readonly unknown[]> = Arguments extends readonly [] ? emptyPipeline : Setup;
