/** A training stage as the fold reads it, in both forms. */

/**
 * `Length`: a number of steps; or `{ kind: 'until', end, atMost }`, the end with its literals. `Only`: `'new'`; layers and ranges of layers, in
 * order; `undefined` for all. `Accumulate`: microbatches; `undefined` for the setup's number.
 */
export interface Training<Length = unknown, Only = unknown, Accumulate = unknown> {
  readonly kind: 'train';
  readonly length: Length;
  readonly only: Only;
  readonly accumulate: Accumulate;
}

declare const written: unique symbol;

/** What a stage of the code form has only in its type, and no schedule contains. */
export interface Written<T extends Training> {
  readonly [written]?: T;
}

/** As the fold reads it; if a stage's type is only its kind, with unknown length and part. */
export type TrainingOf<Stage> = Stage extends Training
  ? Stage
  : Stage extends Written<infer T>
    ? unknown extends T
      ? Training
      : T
    : Training;
