/** A branch in the fold: `foldBranch` of src/schedule/verify/fold.ts for the compiler. */
import type { emptyArm, emptyBranch, endsElsewhere, inStage, weightCount } from '../../src/schedule/sentences.js';
import type { FoldWithin } from './fold.js';
import type { Fault, Known, Left, LevelOf } from './state.js';
import type { Unfollowed } from './trained.js';

/** The sentence about weights that are not one an arm, or never. */
type SharedFault<Shared, Arms extends readonly unknown[]> = Shared extends {
  readonly kind: 'weighted';
  readonly weights: infer Weights extends readonly unknown[];
}
  ? number extends Weights['length']
    ? never
    : Weights['length'] extends Arms['length']
      ? never
      : weightCount<Arms['length'], Weights['length']>
  : never;

/** The state after an arm, which must be on its branch's level again; or its fault. What the compiler cannot follow is for the verifier. */
type Ended<After, Base extends readonly unknown[], At extends string, Arm extends number> =
  After extends Known<infer Levels>
    ? Levels['length'] extends Base['length']
      ? After
      : Fault<inStage<At, endsElsewhere<Arm, LevelOf<Base> & number, LevelOf<Levels> & number>>>
    : After;

/** Each arm begins with the levels of the branch; what was trained is that of the arms before it too, which ended with `Before`. */
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

type Beginning<S extends Known, Before extends Known> = S extends unknown
  ? Known<S['levels'], [], S['levels'], Before['trained'], Before['followed']>
  : never;

/** After an arm that was not followed. */
type Lost<Before extends Known> = Before extends unknown
  ? Known<Before['levels'], [], [], Unfollowed<Before['trained']>, [...Before['followed'], 0]>
  : never;

/** True for no stages, and for groups of no stages. */
type IsEmpty<Stages extends readonly unknown[]> = Stages extends readonly []
  ? true
  : Stages extends readonly [{ readonly kind: 'sequence'; readonly stages: infer Inner extends readonly unknown[] }, ...infer Rest]
    ? IsEmpty<Inner> extends true
      ? IsEmpty<Rest>
      : false
    : false;

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
