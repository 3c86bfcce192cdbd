/** Stages with the policies of a group: `withMoments` of src/schedule/text/moments.ts for the compiler. */
import type { OuterOptimizer } from '../../../src/schedule/schedule.js';
import type { MostNested } from '../number/limits.js';

/**
 * A stage with these moments; everything else about it stays. A conditional type, so that a nested group is resolved before the one that contains it.
 */
type Under<Stage, Policy> = Stage extends { readonly moments: unknown }
  ? { readonly [K in keyof Stage]: K extends 'moments' ? Policy : Stage[K] }
  : Stage & { readonly moments: Policy };

export interface BranchUnder<Arms, Shared> {
  readonly kind: 'branch';
  readonly arms: Arms;
  readonly shared: Shared;
}

export interface RepeatUnder<Times, Stages> {
  readonly kind: 'repeat';
  readonly times: Times;
  readonly stages: Stages;
}

export interface ReplicasUnder<Count, Every, Rounds, Stages> {
  readonly kind: 'replicas';
  readonly replicas: Count;
  readonly every: Every;
  readonly rounds?: Rounds;
  readonly outer: OuterOptimizer;
  readonly stages: Stages;
}

export interface SequenceUnder<Stages> {
  readonly kind: 'sequence';
  readonly stages: Stages;
}

/**
 * The stages in a stage are inferred, and contained in an interface: so they are resolved at once, without reference to how they were computed.
 * Otherwise a fold would resolve nested policies all together, which is "excessively deep" (TS2589).
 */
type OfStage<Stage, Down, Up, Depth extends readonly unknown[]> = Stage extends { readonly kind: 'restrict' }
  ? Under<Stage, Down>
  : Stage extends { readonly kind: 'prolongate' | 'grow' }
    ? Under<Stage, Up>
    : Stage extends { readonly kind: 'branch'; readonly arms: infer Arms; readonly shared: infer Shared }
      ? { [I in keyof Arms]: WithMoments<Arms[I], Down, Up, Depth> } extends infer Grouped
        ? BranchUnder<Grouped, Shared>
        : never
      : Stage extends { readonly kind: 'repeat'; readonly times: infer Times; readonly stages: infer Inner }
        ? WithMoments<Inner, Down, Up, Depth> extends infer Grouped
          ? RepeatUnder<Times, Grouped>
          : never
        : Stage extends {
              readonly kind: 'replicas';
              readonly replicas: infer Count;
              readonly every: infer Every;
              readonly rounds?: infer Rounds;
              readonly stages: infer Inner;
            }
          ? WithMoments<Inner, Down, Up, Depth> extends infer Grouped
            ? ReplicasUnder<Count, Every, Rounds, Grouped>
            : never
          : Stage extends { readonly kind: 'sequence'; readonly stages: infer Inner }
            ? WithMoments<Inner, Down, Up, Depth> extends infer Grouped
              ? SequenceUnder<Grouped>
              : never
            : Stage;

/**
 * `down` for restrictions, `up` for prolongations and growths. Nothing is known about a list of unknown length, or about one that is nested too deep:
 * there the fold over a pipeline defers. `Depth` is a tuple whose length is the number of enclosing stages, as in `Fold`.
 */
export type WithMoments<Stages, Down, Up, Depth extends readonly unknown[] = []> = Stages extends readonly unknown[]
  ? number extends Stages['length']
    ? readonly unknown[]
    : Depth['length'] extends MostNested
      ? readonly unknown[]
      : { [I in keyof Stages]: OfStage<Stages[I], Down, Up, [...Depth, 0]> }
  : [];
