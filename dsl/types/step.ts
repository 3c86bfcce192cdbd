/** One stage of the fold: the state after it, or the sentence why it does not fit. `foldStage` of src/schedule/verify/fold.ts for the compiler. */
import type {
  emptyRepeat,
  growsCoarse,
  growsInArm,
  growthHasNoTau,
  inStage,
  inside,
  leavesBranch,
  noFinerLevel,
} from '../../src/schedule/sentences.js';
import type { Branched } from './branch.js';
import type { Has } from './certainly.js';
import type { FoldWithin } from './fold.js';
import type { Deepened } from './grow.js';
import type { IsLiteralNumber } from './literal.js';
import type { Coarsened } from './restrict.js';
import type { Counted, Deferred, Fault, Known, Left, LevelOf, Open, State } from './state.js';
import type { ReturnFault, TauFault } from './tau-fault.js';
import type { TrainFault } from './train-fault.js';
import type { GrownBy, Trained, TrainedBy, Uncounted } from './trained.js';
import type { Training, TrainingOf } from './training.js';

/** Where the next stage is: `3`, or `2.1` inside a repeat. */
type Place<S extends Known, Prefix extends string> = `${Prefix}${Counted<S>['count']['length'] & number}`;

/** The state, unless there is a sentence about the stage. */
type Unless<Sentence, S extends Known, Prefix extends string, After> = [Sentence] extends [never]
  ? After
  : Fault<inStage<Place<S, Prefix>, Sentence & string>>;

/** Plain training changes nothing but what has been trained. */
type TrainedStage<S extends Known, Stage, Prefix extends string> =
  TrainingOf<Stage> extends Training<infer Length, infer Only, infer Accumulate>
    ? Unless<
        [Length, Only, Accumulate] extends [number, undefined, undefined]
          ? never
          : TrainFault<Length, Only, Accumulate, LevelOf<S['levels']> & number, S['levels'][0]['layers'] & number, S['trained']>,
        S,
        Prefix,
        Counted<S, S['levels'], TrainedBy<S['trained'], LevelOf<S['levels']> & number, Length>>
      >
    : never;

type Restricted<S extends Known, Stage, Operator, Prefix extends string> =
  Coarsened<Operator, [S['levels'][0]['layers'] & number, S['levels'][0]['heads'] & number]> extends infer Extent
    ? Extent extends readonly [infer Layers extends number, infer Heads extends number]
      ? Unless<TauFault<Stage>, S, Prefix, Counted<S, [Open<Layers, Heads, Stage>, ...S['levels']]>>
      : Fault<inStage<Place<S, Prefix>, Extent & string>>
    : never;

type Grown<S extends Known, Stage, Growth, Prefix extends string> =
  Has<Stage, 'tau'> extends true
    ? Fault<inStage<Place<S, Prefix>, inside<'grow', growthHasNoTau>>>
    : S['base'] extends readonly []
      ? GrownOutside<S, Growth, Prefix>
      : Fault<inStage<Place<S, Prefix>, growsInArm>>;

type GrownOutside<S extends Known, Growth, Prefix extends string> = S['levels'] extends readonly [infer Here extends Open, ...infer Finer]
  ? Finer extends readonly []
    ? Deepened<Growth, Here['layers']> extends infer Deeper
      ? Deeper extends number
        ? Counted<S, [Open<Deeper, Here['heads'], null>], GrownBy<S['trained']>>
        : Fault<inStage<Place<S, Prefix>, Deeper & string>>
      : never
    : Fault<inStage<Place<S, Prefix>, growsCoarse<Finer['length']>>>
  : never;

type Prolongated<S extends Known, Stage, Prefix extends string> = S['levels'] extends readonly [
  infer Here extends Open,
  infer Finer extends Open,
  ...infer Rest extends readonly Open[],
]
  ? S['levels']['length'] extends S['base']['length']
    ? Fault<inStage<Place<S, Prefix>, leavesBranch<[0, ...Rest]['length']>>>
    : Unless<ReturnFault<Stage, Here['restriction']>, S, Prefix, Counted<S, [Finer, ...Rest]>>
  : Fault<inStage<Place<S, Prefix>, noFinerLevel>>;

/** Passes until one changes no level, all are done, or the compiler has seen enough. The first pass happens whatever `Times` is. */
type Passes<
  S extends Known,
  Body extends readonly unknown[],
  Times extends number,
  Prefix extends string,
  Depth extends readonly unknown[],
  Done extends readonly unknown[] = [0],
> =
  FoldWithin<Body, S, Prefix, Depth> extends infer After
    ? After extends Known
      ? Done['length'] extends Times
        ? After
        : IsSame<S['levels'], After['levels']> extends true
          ? Pass<After, Uncounted<After['trained']>>
          : IsLiteralNumber<Times> extends false
            ? Deferred
            : Done['length'] extends 40
              ? Deferred
              : Passes<Pass<After>, Body, Times, Prefix, Depth, [...Done, 0]>
      : After
    : never;

type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Where a body begins, first or again. */
type Pass<S extends Known, T extends Trained = S['trained']> = S extends unknown
  ? Known<S['levels'], [], S['base'], T, S['followed']>
  : never;

type Repeated<
  S extends Known,
  Times extends number,
  Body extends readonly unknown[],
  Prefix extends string,
  Depth extends readonly unknown[],
> =
  Passes<Pass<S>, Body, Times, `${Place<S, Prefix>}.`, Depth> extends infer After
    ? After extends Known
      ? Left<S, After, After['levels']>
      : After
    : never;

/** The state after one stage; `Deferred` for a stage whose kind is not literal. */
export type Step<S extends Known, Stage, Prefix extends string, Depth extends readonly unknown[] = []> = [Stage] extends [
  { readonly kind: 'train' },
]
  ? TrainedStage<S, Stage, Prefix>
  : [Stage] extends [{ readonly kind: 'restrict'; readonly operator: infer Operator }]
    ? Restricted<S, Stage, Operator, Prefix>
    : [Stage] extends [{ readonly kind: 'prolongate' }]
      ? Prolongated<S, Stage, Prefix>
      : [Stage] extends [{ readonly kind: 'sequence'; readonly stages: infer Inner extends readonly unknown[] }]
        ? FoldWithin<Inner, S, Prefix, Depth>
        : [Stage] extends [
              {
                readonly kind: 'repeat';
                readonly times: infer Times extends number;
                readonly stages: infer Body extends readonly unknown[];
              },
            ]
          ? Repeated<S, Times, Body, Prefix, Depth>
          : [Stage] extends [{ readonly kind: 'grow'; readonly growth: infer Growth }]
            ? Grown<S, Stage, Growth, Prefix>
            : [Stage] extends [
                  {
                    readonly kind: 'branch';
                    readonly arms: infer Arms extends readonly unknown[];
                    readonly shared: infer Shared;
                  },
                ]
              ? Branched<S, Arms, Shared, Place<S, Prefix>, Depth>
              : [Stage] extends [{ readonly kind: 'repeat'; readonly factor: number }]
                ? Fault<emptyRepeat>
                : Deferred;

/** Narrows what a step gave. */
export type AsState<S> = S extends State ? S : never;
