/** The fold over a tuple of stages: tail-recursive, so that long pipelines compile. */

import type { MostNested, MostStages } from './limits.js';
import type { Deferred, Known, State } from './state.js';
import type { AsState, Step } from './step.js';

/** `Depth` is a tuple as long as the stages that hold these. */
export type Fold<
  Stages extends readonly unknown[],
  S extends State,
  Prefix extends string = '',
  Depth extends readonly unknown[] = [],
> = S extends Known
  ? number extends Stages['length']
    ? Deferred
    : Stages extends readonly [infer Stage, ...infer Rest]
      ? S['followed']['length'] extends MostStages
        ? Deferred
        : Fold<Rest, AsState<Step<S, Stage, Prefix, Depth>>, Prefix, Depth>
      : S
  : S;

/** The fold over what a stage holds. */
export type FoldWithin<
  Stages extends readonly unknown[],
  S extends Known,
  Prefix extends string,
  Depth extends readonly unknown[],
> = Depth['length'] extends MostNested ? Deferred : Fold<Stages, S, Prefix, [...Depth, 0]>;
