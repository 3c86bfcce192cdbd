/**
 * The types that `pipeline` requires of its arguments: the arguments themselves where they fit (or where the compiler cannot know), otherwise the
 * same tuple with a sentence in place of the one that does not. The compiler then reports that this argument is not assignable to that sentence.
 * Between the two, `…Fault` is that other tuple, or never.
 */

import type { defaultEvaluation } from '../../src/schedule/defaults.js';
import type { accumulateDoesNotDivide, emptyPipeline, endsCoarse } from '../../src/schedule/sentences.js';
import type { Judged } from './fault/judged.js';
import type { Misplaced } from './fault/misplaced.js';
import type { OrElse } from './fault/or-else.js';
import type { UnknownKeys } from './fault/unknown-keys.js';
import type { AsState, Fold, Step } from './fold/fold.js';
import type { Fault, Known, Open, State, Widths } from './fold/state.js';
import type { Untrained } from './fold/trained.js';
import type { Divide } from './number/divide.js';
import type { MostStages } from './number/limits.js';
import type { IsLiteralNumber, IsLiteralText } from './number/literal.js';
import type { Multiply } from './number/multiply.js';
import type { Bound, Misbound, Unbound, Use, Uses, Vain } from './parse/names.js';
import type { ParseText } from './parse/parse-text.js';

/** The part of a setup that the compiler uses. */
export interface SetupTypes {
  readonly model: { readonly layers: number; readonly heads: number; readonly context: number };
  readonly batch: number;
}

type Literal<N extends number> = IsLiteralNumber<N> extends true ? N : number;

/** The sizes that a model has. */
type WidthsOf<Model extends SetupTypes['model']> = Widths<
  Literal<Model['heads']>,
  Literal<Model extends { readonly keyValueHeads: infer Own extends number } ? Own : Model['heads']>,
  Model extends { readonly hidden: infer Units extends number } ? Literal<Units> : number
>;

/** Only the finest level. */
type Start<S extends SetupTypes> = Known<
  [Open<Literal<S['model']['layers']>, WidthsOf<S['model']>, null, 1>],
  [],
  [],
  Untrained<{
    readonly every: EvaluationEvery<S>;
    readonly batch: S['batch'];
    readonly context: S['model']['context'];
    readonly accumulate: S extends { readonly accumulate: infer Accumulate extends number } ? Accumulate : 1;
    readonly tokens: Multiply<S['batch'], S['model']['context']>;
  }>,
  []
>;

/** Steps between two evaluations: by default those of `fillSetup`. */
type EvaluationEvery<S> = S extends { readonly evaluation: infer Said }
  ? Said extends { readonly every: infer Every extends number }
    ? Every
    : 'every' extends keyof Said
      ? number
      : UsualEvery
  : 'evaluation' extends keyof S
    ? number
    : UsualEvery;

type UsualEvery = (typeof defaultEvaluation)['every'];

/** The state at the end of a pipeline: a fault if it is not on level 0. */
type Ended<S> =
  S extends Known<infer Levels, infer Count>
    ? Count extends readonly []
      ? Fault<emptyPipeline>
      : Levels extends readonly [unknown, ...infer Finer]
        ? Finer extends readonly []
          ? S
          : Fault<endsCoarse<Finer['length']>>
        : S
    : S;

/** Stage by stage, so that the sentence lands on the argument that it is about. */
type StagesFault<Rest extends readonly unknown[], S extends State, Passed extends readonly unknown[] = []> = S extends Known
  ? Rest extends readonly [infer Stage, ...infer Later]
    ? S['followed']['length'] extends MostStages
      ? never
      : AsState<Later extends readonly [] ? Ended<Step<S, Stage, ''>> : Step<S, Stage, ''>> extends infer Next extends State
        ? Next extends Fault<infer Sentence>
          ? [...Passed, Sentence, ...Later]
          : StagesFault<Later, Next, [...Passed, Stage]>
        : never
    : never
  : never;

type SentenceOf<S> = S extends Fault<infer Sentence> ? Sentence : never;

/** A sentence in place of the text, or never. */
type OfText<Sentence, Given extends readonly unknown[]> = [Sentence] extends [never] ? never : [Sentence, ...Given];

type NamesFault<M extends SetupTypes, Stages extends readonly unknown[], Text, Values, Given extends readonly unknown[]> =
  Uses<Stages[number]> extends infer Used extends Use
    ? [Unbound<Used, Values>] extends [never]
      ? [OrElse<Vain<Used, Values>, Misbound<Used, Values>>] extends [never]
        ? OfText<SentenceOf<Ended<Fold<Bound<Stages, Values>, Start<M>>>>, Given>
        : [Text, OrElse<Vain<Used, Values>, Misbound<Used, Values>>]
      : [Unbound<Used, Values>, ...Given]
    : never;

type TextFault<M extends SetupTypes, Text extends string, Values, Given extends readonly unknown[]> =
  IsLiteralText<Text> extends false
    ? never
    : ParseText<Text> extends infer Read
      ? Read extends readonly unknown[]
        ? NamesFault<M, Read, Text, Values, Given>
        : OfText<SentenceOf<Read>, Given>
      : never;

type MeaningFault<M extends SetupTypes, Arguments extends readonly unknown[]> = Arguments extends readonly [infer Text extends string]
  ? TextFault<M, Text, Record<never, number>, []>
  : Arguments extends readonly [infer Text extends string, infer Values]
    ? TextFault<M, Text, Values, [Values]>
    : StagesFault<Arguments, Start<M>>;

/** Consistency of the setup's values, as far as it is not checked where they are given. */
type SetupFault<M> = M extends { readonly batch: infer Batch extends number; readonly accumulate: infer Accumulate extends number }
  ? Divide<Batch, Accumulate> extends 'indivisible'
    ? `setup.${accumulateDoesNotDivide<Accumulate, Batch>}`
    : never
  : never;

/** With a sentence about the setup in the first place. */
type SetupOrMeaningFault<M extends SetupTypes, Arguments extends readonly unknown[]> = [SetupFault<M>] extends [never]
  ? MeaningFault<M, Arguments>
  : Arguments extends readonly [unknown, ...infer Others]
    ? [SetupFault<M>, ...Others]
    : never;

type ArgumentsFault<M extends SetupTypes, Arguments extends readonly unknown[]> = number extends Arguments['length']
  ? never
  : OrElse<Misplaced<Arguments>, SetupOrMeaningFault<M, Arguments>>;

/** The arguments after the setup. */
export type Check<M extends SetupTypes, Arguments extends readonly unknown[]> = Judged<Arguments, ArgumentsFault<M, Arguments>>;

/** The layers of a fold's level 0. */
type LayersOf<S> = S extends Known<infer Levels> ? Levels[0]['layers'] & number : number;

type TextDepth<M extends SetupTypes, Text extends string, Values> =
  IsLiteralText<Text> extends false
    ? number
    : ParseText<Text> extends infer Read extends readonly unknown[]
      ? LayersOf<Fold<Bound<Read, Values>, Start<M>>>
      : number;

/** The final number of layers of the model; `number` where the compiler cannot know. */
export type DepthAfter<M extends SetupTypes, Arguments extends readonly unknown[]> = Arguments extends readonly [infer Text extends string]
  ? TextDepth<M, Text, Record<never, number>>
  : Arguments extends readonly [infer Text extends string, infer Values]
    ? TextDepth<M, Text, Values>
    : LayersOf<Fold<Arguments, Start<M>>>;

/** The setup, unless nothing follows it, or it has an unknown key. */
export type CheckSetup<Setup, Arguments extends readonly unknown[]> = Judged<
  Setup,
  Arguments extends readonly [] ? emptyPipeline : UnknownKeys<Setup>
>;
