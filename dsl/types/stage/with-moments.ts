/** Stages with policies said for a group: `withMoments` of src/schedule/text/moments.ts for the compiler. */
import type { MostNested } from '../number/limits.js';

/** A stage whose moments are these; all else about it stays. A condition: a group in a group is worked out before what holds it. */
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

export interface SequenceUnder<Stages> {
  readonly kind: 'sequence';
  readonly stages: Stages;
}

/**
 * What a stage holds is inferred, and held by an interface: so it is worked out at once, and carries nothing on of what it is made from. Else a fold
 * would work out policies in policies all in one, which is "excessively deep" (TS2589).
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
        : Stage extends { readonly kind: 'sequence'; readonly stages: infer Inner }
          ? WithMoments<Inner, Down, Up, Depth> extends infer Grouped
            ? SequenceUnder<Grouped>
            : never
          : Stage;

/**
 * `down` for restrictions, `up` for prolongations and growths. Of a list whose length is open nothing is known, and so of one that is held too deep:
 * there the fold over a pipeline defers. `Depth` is a tuple as long as the stages that hold these, as in `Fold`.
 */
export type WithMoments<Stages, Down, Up, Depth extends readonly unknown[] = []> = Stages extends readonly unknown[]
  ? number extends Stages['length']
    ? readonly unknown[]
    : Depth['length'] extends MostNested
      ? readonly unknown[]
      : { [I in keyof Stages]: OfStage<Stages[I], Down, Up, [...Depth, 0]> }
  : [];
