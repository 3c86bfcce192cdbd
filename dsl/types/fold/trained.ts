/** What has been trained before a stage, as far as conditional ends depend on it: src/schedule/verify/trained.ts for the compiler. */
import type { Add } from '../number/multiply.js';

/** What a setup's types say about training. */
export interface Figures {
  /** Steps between two evaluations. */
  readonly every: number;
  /** Sequences and tokens in one training step, tokens in a sequence, and microbatches in a batch. */
  readonly batch: number;
  readonly tokens: number;
  readonly context: number;
  readonly accumulate: number;
}

/** The last training on some level: which, and the most steps that it may have had; empty if there was none. */
export type Taken = readonly [level: number, most: number] | readonly [];

export interface Trained<
  F extends Figures = Figures,
  Steps extends number = number,
  Last extends Taken = Taken,
  Other extends Taken = Taken,
  HasGrown extends boolean = boolean,
> {
  readonly figures: F;
  /** Steps of the run so far; `number` after a conditional end, or after a repeat that was not followed to its end. */
  readonly steps: Steps;
  readonly last: Last;
  /** The last one on a different level. */
  readonly other: Other;
  readonly grown: HasGrown;
}

/** Nothing yet. */
export type Untrained<F extends Figures> = Trained<F, 0, [], [], false>;

/** A number of steps, or the maximum of a conditional end. */
export type MostSteps<Length> = Length extends number
  ? Length
  : Length extends { readonly atMost: infer AtMost extends number }
    ? AtMost
    : number;

export type TrainedBy<T extends Trained, Level extends number, Length> = Took<
  T,
  Level,
  MostSteps<Length>,
  Add<T['steps'], Length extends number ? Length : number>
>;

type Took<T extends Trained, Level extends number, Most extends number, Steps extends number> = T['last'] extends readonly [Level, unknown]
  ? Trained<T['figures'], Steps, [Level, Most], T['other'], T['grown']>
  : Trained<T['figures'], Steps, [Level, Most], T['last'], T['grown']>;

export type GrownBy<T extends Trained> = T extends unknown ? Trained<T['figures'], T['steps'], T['last'], T['other'], true> : never;

/** After more passes than were followed. */
export type Uncounted<T extends Trained> = T extends unknown ? Trained<T['figures'], number, T['last'], T['other'], T['grown']> : never;

/** After stages that were not followed: the number of steps and the level of the last ones are unknown. An arm does not grow. */
export type Unfollowed<T extends Trained> = T extends unknown
  ? Trained<T['figures'], number, [number, number], [number, number], T['grown']>
  : never;

/** Steps of the last training stage on another level; 0 if there was none, `number` where the compiler cannot know. */
export type StepsElsewhere<T extends Trained, Level extends number> = T['last'] extends readonly [infer L, infer Most extends number]
  ? number extends L
    ? number
    : L extends Level
      ? MostOf<T['other']>
      : Most
  : 0;

type MostOf<Of> = Of extends readonly [unknown, infer Most extends number] ? Most : 0;
