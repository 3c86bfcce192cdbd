/** A branch in the fold: `foldBranch` of src/schedule/verify.ts for the compiler. */
import type { emptyArm, emptyBranch, endsElsewhere, inStage, weightCount } from '../../src/schedule/sentences.js';
import type { Fold } from './fold.js';
import type { Counted, Fault, Known } from './state.js';

/** How many levels are open above the present one. */
type LevelOf<Stack extends readonly unknown[]> = Stack extends readonly [unknown, ...infer Finer] ? Finer['length'] : never;

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

/** An arm's own fault, or never: it must be on its branch's level again. What the compiler cannot follow is for the verifier. */
type ArmFault<After, Base extends readonly number[], At extends string, Arm extends number> = After extends Fault
  ? After
  : After extends Known<infer Stack>
    ? Stack['length'] extends Base['length']
      ? never
      : Fault<inStage<At, endsElsewhere<Arm, LevelOf<Base> & number, LevelOf<Stack> & number>>>
    : never;

type Arms<
  S extends Known,
  Left extends readonly unknown[],
  At extends string,
  Done extends readonly unknown[] = [0],
> = Left extends readonly [infer Stages extends readonly unknown[], ...infer Later]
  ? IsEmpty<Stages> extends true
    ? Fault<inStage<At, emptyArm<Done['length'] & number>>>
    : ArmFault<
          Fold<Stages, Known<S['stack'], [], S['stack'], S['heads']>, `${At}.${Done['length'] & number}.`>,
          S['stack'],
          At,
          Done['length'] & number
        > extends infer F
      ? [F] extends [never]
        ? Arms<S, Later, At, [...Done, 0]>
        : F
      : never
  : Counted<S>;

/** True for no stages, and for groups of no stages. */
type IsEmpty<Stages extends readonly unknown[]> = Stages extends readonly []
  ? true
  : Stages extends readonly [{ readonly kind: 'sequence'; readonly stages: infer Inner extends readonly unknown[] }, ...infer Rest]
    ? IsEmpty<Inner> extends true
      ? IsEmpty<Rest>
      : false
    : false;

/** The state after a branch is the state before it, one stage further. */
export type Branched<S extends Known, All extends readonly unknown[], Shared, At extends string> = All extends readonly []
  ? Fault<inStage<At, emptyBranch>>
  : [SharedFault<Shared, All>] extends [never]
    ? Arms<S, All, At>
    : Fault<inStage<At, SharedFault<Shared, All>>>;
