/**
 * The requirements for a branch besides its stages, and how its arms begin and end: `foldBranch` of src/schedule/verify/fold.ts for the compiler. Not
 * here: the stages of its arms (`fold.ts`).
 */
import type { endsElsewhere, inStage, weightCount } from '../../../src/schedule/sentences.js';
import type { Fault, Known, LevelOf } from './state.js';
import type { Unfollowed } from './trained.js';

/** The sentence about weights whose number differs from that of the arms, or never. */
export type SharedFault<Shared, Arms extends readonly unknown[]> = Shared extends {
  readonly kind: 'weighted';
  readonly weights: infer Weights extends readonly unknown[];
}
  ? number extends Weights['length']
    ? never
    : Weights['length'] extends Arms['length']
      ? never
      : weightCount<Arms['length'], Weights['length']>
  : never;

/** The state after an arm, which must be on its branch's level again; or its fault. What the compiler cannot follow is left to the verifier. */
export type Ended<After, Base extends readonly unknown[], At extends string, Arm extends number> =
  After extends Known<infer Levels>
    ? Levels['length'] extends Base['length']
      ? After
      : Fault<inStage<At, endsElsewhere<Arm, LevelOf<Base> & number, LevelOf<Levels> & number>>>
    : After;

/** The state in which an arm begins: the levels of its branch, and what the arms before it have trained. */
export type Beginning<S extends Known, Before extends Known> = S extends unknown
  ? Known<S['levels'], [], S['levels'], Before['trained'], Before['followed']>
  : never;

/** After an arm that was not followed. */
export type Lost<Before extends Known> = Before extends unknown
  ? Known<Before['levels'], [], [], Unfollowed<Before['trained']>, [...Before['followed'], 0]>
  : never;

/** True for no stages, and for groups of no stages. */
export type IsEmpty<Stages extends readonly unknown[]> = Stages extends readonly []
  ? true
  : Stages extends readonly [{ readonly kind: 'sequence'; readonly stages: infer Inner extends readonly unknown[] }, ...infer Rest]
    ? IsEmpty<Inner> extends true
      ? IsEmpty<Rest>
      : false
    : false;
