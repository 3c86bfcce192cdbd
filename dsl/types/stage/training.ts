/** A training stage as the fold reads it, in both forms. */

/**
 * `Length`: a number of steps; or `{ kind: 'until', end, atMost }`, the end with its literals. `Only`: `'new'`; layers and ranges of layers, in
 * order; `undefined` for all. `Accumulate`: microbatches; `undefined` where the setup says how many.
 */
export interface Training<Length = unknown, Only = unknown, Accumulate = unknown> {
  readonly kind: 'train';
  readonly length: Length;
  readonly only: Only;
  readonly accumulate: Accumulate;
}

declare const written: unique symbol;

/** What a stage of the code form carries in its type, and no schedule holds. */
export interface Written<T extends Training> {
  readonly [written]?: T;
}

/** As the fold reads it; where a stage's type says no more than its kind, of some length and some part. */
export type TrainingOf<Stage> = Stage extends Training
  ? Stage
  : Stage extends Written<infer T>
    ? unknown extends T
      ? Training
      : T
    : Training;
