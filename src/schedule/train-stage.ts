/**
 * The training stage: how long it trains, which layers, and how. Data only, as all of the schedule. Not here: when an end is met
 * (`src/runner/events/stage-end.ts`), what is wrong with a stage (`verify/train-faults.ts`).
 */

import type { DataSource } from './data-source.js';
import type { LearningRate } from './rate.js';

/** The loss that a conditional end checks. `Count`: a number, or what stands for one until names are bound. */
export type ObservedLoss<Count = number> =
  /** The mean training loss of the stage's last `window` steps, checked after each step from the `window`-th on. */
  | { readonly kind: 'training'; readonly window: Count }
  /** Each evaluation of the held-out text. */
  | { readonly kind: 'heldOut' };

/** What ends a stage before its maximum number of steps. */
export type StageEnd<Count = number> =
  /** For `patience` checks in a row the loss has not fallen more than `minDelta` below its lowest. */
  | { readonly kind: 'plateau'; readonly on: ObservedLoss<Count>; readonly patience: Count; readonly minDelta: Count }
  /** The loss is at most this, in nats per token. */
  | { readonly kind: 'loss'; readonly loss: Count; readonly on: ObservedLoss<Count> }
  /** The stage has trained on this many tokens, or more. */
  | { readonly kind: 'tokens'; readonly tokens: Count }
  /** The stage's matrix products have cost this many FLOPs, or more. */
  | { readonly kind: 'flops'; readonly flops: Count }
  /**
   * The loss falls per FLOP less than `ratio` times as fast as it last did on another level: at the end of the last training stage on a level other
   * than this one. The slope is measured with `training` between the mean of the last `window` steps and that of the `window` before, with `heldOut`
   * between the last two evaluations.
   */
  | { readonly kind: 'slopeBelow'; readonly ratio: Count; readonly on: ObservedLoss<Count> };

/** Whether embeddings, final norm and head are trained when only some layers are. */
export type SharedTraining = 'freeze' | 'train';

/** The part of a level that is trained; the rest keeps weights, moments and counters to the bit. */
export type TrainedPart =
  /** Layers of the present level, 0-based and ascending. */
  | { readonly kind: 'layers'; readonly layers: readonly number[]; readonly sharedLayers: SharedTraining }
  /** The layers that the last growth of the depth made (multi-stage layerwise training, Yang et al. 2020). */
  | { readonly kind: 'new'; readonly sharedLayers: SharedTraining };

/**
 * Each step computes and updates a network of some of the level's layers alone, drawn for that step (Panigrahi et al. 2024): max(1, round(keep·L)) of
 * L layers, in their order. Those that are left out keep weights, moments and counters. `h`: the step size of that network, the level's own or, with
 * `scale`, as much larger as it has fewer layers.
 */
export interface Subnetwork<Count = number> {
  readonly kind: 'random';
  readonly keep: Count;
  readonly h: 'keep' | 'scale';
}

export interface TrainStage<Count = number> {
  readonly kind: 'train';
  /** Training steps; the maximum for a stage with a conditional end. */
  readonly steps: Count;
  /** Absent where the stage takes all its steps. */
  readonly until?: StageEnd<Count>;
  /** Absent where everything is trained. */
  readonly only?: TrainedPart;
  /**
   * Stochastic depth (Huang et al. 2016): the last of L layers takes part in a step with this probability p, layer l (1, 2, …) with 1 − l/L·(1 − p);
   * a layer that takes part is divided by its probability, so that evaluation needs no scaling. Absent: all always take part.
   */
  readonly stochasticDepth?: Count;
  /** Microbatches of a step of this stage; by default the setup's. */
  readonly accumulate?: Count;
  /** Sequences in a step of this stage; by default the setup's. */
  readonly batch?: Count;
  /** Tokens in a sequence of this stage, at most the model's context, which is the default. Positions count from 0 in it, too. */
  readonly context?: Count;
  /** The rate of this stage's steps, on whichever clock it says; by default the optimizer's. */
  readonly learningRate?: LearningRate<Count>;
  /** What this stage trains on, in the same tokens; by default the setup's data. */
  readonly data?: DataSource;
  /** Absent: a step computes all layers. */
  readonly subnetwork?: Subnetwork<Count>;
}
