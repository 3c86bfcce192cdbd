/**
 * Stages that contain no others, in the fold: the state after one, or the sentence why it does not fit. `foldStage` of src/schedule/verify/fold.ts
 * for the compiler. Not here: the kinds of stages, and those that contain others (`fold.ts`).
 */
import type {
  growsCoarse,
  growsInArm,
  growthHasNoTau,
  inStage,
  inside,
  leavesBranch,
  noFinerLevel,
} from '../../../src/schedule/sentences.js';
import type { OrElse } from '../fault/or-else.js';
import type { NoSizes, Training, TrainingOf } from '../stage/training.js';
import type { Has } from './certainly.js';
import type { GrowthFitFault } from './fit-fault.js';
import type { Deepened, Looped, MayWiden, WayFault, Widened } from './grow.js';
import type { Coarsened } from './restrict.js';
import type { Counted, Fault, Known, LevelOf, Open, Widths } from './state.js';
import type { ReturnFault, TauFault } from './tau-fault.js';
import type { TrainFault } from './train-fault.js';
import type { GrownBy, TrainedBy } from './trained.js';

/** The place of the next stage: `3`, or `2.1` inside a repeat. */
export type Place<S extends Known, Prefix extends string> = `${Prefix}${Counted<S>['count']['length'] & number}`;

/** The state, unless there is a sentence about the stage. */
type Unless<Sentence, S extends Known, Prefix extends string, After> = [Sentence] extends [never]
  ? After
  : Fault<inStage<Place<S, Prefix>, Sentence & string>>;

/** Plain training changes only what has been trained. */
export type TrainedStage<S extends Known, Stage, Prefix extends string> =
  TrainingOf<Stage> extends Training<infer Length, infer Only, infer Own>
    ? Unless<
        [Length, Only, Own] extends [number, undefined, NoSizes]
          ? never
          : TrainFault<Length, Only, Own, LevelOf<S['levels']> & number, S['levels'][0]['layers'] & number, S['trained']>,
        S,
        Prefix,
        Counted<S, S['levels'], TrainedBy<S['trained'], LevelOf<S['levels']> & number, Length>>
      >
    : never;

/** What an operator divides. */
type SizesOf<Level> =
  Level extends Open<infer Layers, Widths<infer Heads, infer KeyValueHeads, infer Hidden>> ? [Layers, Heads, KeyValueHeads, Hidden] : never;

export type Restricted<S extends Known, Stage, Operator, Prefix extends string> =
  Coarsened<Operator, SizesOf<S['levels'][0]>> extends infer Coarse
    ? Coarse extends readonly [
        infer Layers extends number,
        infer Heads extends number,
        infer KeyValueHeads extends number,
        infer Hidden extends number,
      ]
      ? Unless<TauFault<Stage>, S, Prefix, Counted<S, [Open<Layers, Widths<Heads, KeyValueHeads, Hidden>, Stage, 1>, ...S['levels']]>>
      : Fault<inStage<Place<S, Prefix>, Coarse & string>>
    : never;

export type Grown<S extends Known, Stage, Growth, Prefix extends string> =
  Has<Stage, 'tau'> extends true
    ? Fault<inStage<Place<S, Prefix>, inside<'grow', growthHasNoTau>>>
    : S['base'] extends readonly []
      ? GrownOutside<S, Growth, Prefix, OrElse<WayFault<Stage, Growth>, GrowthFitFault<Stage, Growth>>>
      : Fault<inStage<Place<S, Prefix>, growsInArm>>;

/** `Way`: the sentence about its way, or never. */
type GrownOutside<S extends Known, Growth, Prefix extends string, Way extends string = never> = S['levels'] extends readonly [
  infer Here extends Open,
  ...infer Finer,
]
  ? Finer extends readonly []
    ? [Way] extends [never]
      ? [Growth] extends [{ readonly kind: 'width'; readonly factor: infer Factor extends number }]
        ? Counted<S, [Open<Here['layers'], Widened<Here['widths'], Factor>, null, Here['loops']>]>
        : [Growth] extends [{ readonly kind: 'loop'; readonly times: infer Times extends number }]
          ? Looped<Times, Here['layers'], Here['loops']> extends infer Loops
            ? Loops extends number
              ? Counted<S, [Open<Here['layers'], Here['widths'], null, Loops>]>
              : Fault<inStage<Place<S, Prefix>, Loops & string>>
            : never
          : Deepened<Growth, Here['layers'], Here['loops']> extends infer Deeper
            ? Deeper extends number
              ? Counted<
                  S,
                  [Open<Deeper, MayWiden<Growth> extends true ? Widths : Here['widths'], null, Here['loops']>],
                  GrownBy<S['trained']>
                >
              : Fault<inStage<Place<S, Prefix>, Deeper & string>>
            : never
      : Fault<inStage<Place<S, Prefix>, Way>>
    : Fault<inStage<Place<S, Prefix>, growsCoarse<Finer['length']>>>
  : never;

export type Prolongated<S extends Known, Stage, Prefix extends string> = S['levels'] extends readonly [
  infer Here extends Open,
  infer Finer extends Open,
  ...infer Rest extends readonly Open[],
]
  ? S['levels']['length'] extends S['base']['length']
    ? Fault<inStage<Place<S, Prefix>, leavesBranch<[0, ...Rest]['length']>>>
    : Unless<ReturnFault<Stage, Here['restriction']>, S, Prefix, Counted<S, [Finer, ...Rest]>>
  : Fault<inStage<Place<S, Prefix>, noFinerLevel>>;
