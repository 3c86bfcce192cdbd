/** A training stage as the fold reads it, in both forms. */

/**
 * `Length`: a number of steps; or `{ kind: 'until', end, atMost }`, the end with its literals. `Only`: `'new'`; layers and ranges of layers, in
 * order; `undefined` for all. `Own`: the sizes of a step, each `undefined` where it is the setup's.
 */
export interface Training<Length = unknown, Only = unknown, Own = unknown> {
  readonly kind: 'train';
  readonly length: Length;
  readonly only: Only;
  readonly own: Own;
}

/** Microbatches in a batch, sequences in a batch, tokens in a sequence. */
export interface Sizes<Accumulate = unknown, Batch = unknown, Context = unknown> {
  readonly accumulate: Accumulate;
  readonly batch: Batch;
  readonly context: Context;
}

/** All as in the setup. */
export type NoSizes = Sizes<undefined, undefined, undefined>;

/** Those that a stage of the code form may have. */
export type OwnSizes = Sizes<number | undefined, number | undefined, number | undefined>;

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
