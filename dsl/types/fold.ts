/** The fold over a tuple of stages: tail-recursive, so that long pipelines compile. */

import type { Deferred, Known, State } from './state.js';
import type { AsState, Step } from './step.js';

export type Fold<Stages extends readonly unknown[], S extends State, Prefix extends string = ''> = S extends Known
  ? number extends Stages['length']
    ? Deferred
    : Stages extends readonly [infer Stage, ...infer Rest]
      ? Fold<Rest, AsState<Step<S, Stage, Prefix>>, Prefix>
      : S
  : S;
