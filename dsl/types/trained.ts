/** What has been trained before a stage: src/schedule/verify/trained.ts for the compiler. A tuple, summed up only for an end that asks. */
import type { Add } from './multiply.js';

/** What a setup's types say of training. */
export interface Figures {
  /** Steps between two evaluations. */
  readonly every: number;
  /** Sequences and tokens in one training step. */
  readonly batch: number;
  readonly tokens: number;
}

/** A training stage: its level; the most steps that it may have; and how many it has, `number` where an end decides. */
export type Taken = readonly [level: number, most: number, steps: number];

export interface Trained<
  F extends Figures = Figures,
  Stages extends readonly Taken[] = readonly Taken[],
  Counted extends boolean = boolean,
  HasGrown extends boolean = boolean,
> {
  readonly figures: F;
  /** The last one first. */
  readonly stages: Stages;
  /** Whether these are all that have been: not after a repeat, which is not followed to its end. */
  readonly counted: Counted;
  readonly grown: HasGrown;
}

/** A number of steps, or an end's most. */
export type MostSteps<Length> = Length extends number
  ? Length
  : Length extends { readonly atMost: infer AtMost extends number }
    ? AtMost
    : number;

export type TrainedBy<T extends Trained, Level extends number, Length> = Took<
  T,
  Level,
  MostSteps<Length>,
  Length extends number ? Length : number
>;

type Took<T extends Trained, Level extends number, Most extends number, Steps extends number> = T extends unknown
  ? Trained<T['figures'], [[Level, Most, Steps], ...T['stages']], T['counted'], T['grown']>
  : never;

export type GrownBy<T extends Trained> = T extends unknown ? Trained<T['figures'], T['stages'], T['counted'], true> : never;

/** After more passes than were followed. */
export type Uncounted<T extends Trained> = T extends unknown ? Trained<T['figures'], T['stages'], false, T['grown']> : never;

/** After stages that were not followed: how many steps, and on which level the last ones were, is not known. An arm does not grow. */
export type Unfollowed<T extends Trained> = Trained<T['figures'], [[number, number, number]], false, T['grown']>;

type Sum<Stages extends readonly unknown[], So extends number = 0> = Stages extends readonly [
  readonly [unknown, unknown, infer Steps extends number],
  ...infer Rest,
]
  ? Sum<Rest, Add<So, Steps>>
  : So;

/** Training steps of the run so far; `number` where the compiler cannot know. */
export type StepsSoFar<T extends Trained> = T['counted'] extends true ? Sum<T['stages']> : number;

/** Steps of the last training stage on another level; 0 if there was none, `number` where the compiler cannot know. */
export type StepsElsewhere<Stages extends readonly unknown[], Level extends number> = Stages extends readonly [
  readonly [infer L, infer Most extends number, unknown],
  ...infer Rest,
]
  ? number extends L
    ? number
    : L extends Level
      ? StepsElsewhere<Rest, Level>
      : Most
  : 0;
