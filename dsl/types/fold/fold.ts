/**
 * The fold over a tuple of stages, tail-recursive, so that long pipelines compile; and over nested stages: repeats, groups, arms. `fold` of
 * src/schedule/verify/fold.ts for the compiler. Not here: stages that contain no others (`leaf-stage.ts`), further requirements for a branch
 * (`branch.ts`).
 */
import type { emptyArm, emptyBranch, emptyRepeat, inStage } from '../../../src/schedule/sentences.js';
import type { MostNested, MostStages } from '../number/limits.js';
import type { IsLiteralNumber } from '../number/literal.js';
import type { Beginning, Ended, IsEmpty, Lost, SharedFault } from './branch.js';
import type { Grown, Place, Prolongated, Restricted, TrainedStage } from './leaf-stage.js';
import type { CutFault } from './replicas.js';
import type { Counted, Deferred, Fault, Known, Left, State } from './state.js';
import type { Trained, Uncounted } from './trained.js';

/** `Depth` is a tuple whose length is the number of enclosing stages. */
export type Fold<
  Stages extends readonly unknown[],
  S extends State,
  Prefix extends string = '',
  Depth extends readonly unknown[] = [],
> = S extends Known
  ? number extends Stages['length']
    ? Deferred
    : Stages extends readonly [infer Stage, ...infer Rest]
      ? S['followed']['length'] extends MostStages
        ? Deferred
        : Fold<Rest, AsState<Step<S, Stage, Prefix, Depth>>, Prefix, Depth>
      : S
  : S;

/** The fold over the stages in a stage. */
export type FoldWithin<
  Stages extends readonly unknown[],
  S extends Known,
  Prefix extends string,
  Depth extends readonly unknown[],
> = Depth['length'] extends MostNested ? Deferred : Fold<Stages, S, Prefix, [...Depth, 0]>;

/** Passes until one changes no level, all are done, or the compiler's limit is reached. The first pass is always followed, whatever `Times` is. */
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

/** The state in which a body begins, at its first or a later pass. */
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

/** Each arm begins with the levels of the branch; what has been trained includes the arms before it, which ended with `Before`. */
type Arms<
  S extends Known,
  Later extends readonly unknown[],
  At extends string,
  Depth extends readonly unknown[],
  Before extends Known,
  Done extends readonly unknown[] = [0],
> = Later extends readonly [infer Stages extends readonly unknown[], ...infer Rest]
  ? IsEmpty<Stages> extends true
    ? Fault<inStage<At, emptyArm<Done['length'] & number>>>
    : Ended<
          FoldWithin<Stages, Beginning<S, Before>, `${At}.${Done['length'] & number}.`, Depth>,
          S['levels'],
          At,
          Done['length'] & number
        > extends infer After
      ? After extends Fault
        ? After
        : Arms<S, Rest, At, Depth, After extends Known ? After : Lost<Before>, [...Done, 0]>
      : never
  : Left<S, Before, S['levels']>;

/** The state after a branch is the state before it, one stage further. */
export type Branched<
  S extends Known,
  All extends readonly unknown[],
  Shared,
  At extends string,
  Depth extends readonly unknown[],
> = All extends readonly []
  ? Fault<inStage<At, emptyBranch>>
  : [SharedFault<Shared, All>] extends [never]
    ? Arms<S, All, At, Depth, S>
    : Fault<inStage<At, SharedFault<Shared, All>>>;

/** With rounds of whole stages, what is in them is left to the verifier. */
type Replicated<
  S extends Known,
  Stage,
  Every extends number,
  Body extends readonly unknown[],
  Prefix extends string,
  Depth extends readonly unknown[],
> = Stage extends { readonly rounds?: infer Rounds }
  ? [Rounds] extends [undefined]
    ? [CutFault<Body, Every, Place<S, Prefix>>] extends [never]
      ? Cut<S, FoldWithin<Body, Pass<S>, `${Place<S, Prefix>}.`, Depth>>
      : CutFault<Body, Every, Place<S, Prefix>>
    : Left<S, Lost<S>, S['levels']>
  : never;

/** The number of steps that all replicas took together is left to the verifier. */
type Cut<S extends Known, After> = After extends Known ? Left<S, Pass<After, Uncounted<After['trained']>>, S['levels']> : After;

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
              : [Stage] extends [
                    {
                      readonly kind: 'replicas';
                      readonly every: infer Every extends number;
                      readonly stages: infer Body extends readonly unknown[];
                    },
                  ]
                ? Replicated<S, Stage, Every, Body, Prefix, Depth>
                : [Stage] extends [{ readonly kind: 'evaluate' }]
                  ? Counted<S>
                  : [Stage] extends [{ readonly kind: 'repeat'; readonly factor: number }]
                    ? Fault<emptyRepeat>
                    : Deferred;

/** Narrows the result of a step. */
export type AsState<S> = S extends State ? S : never;
