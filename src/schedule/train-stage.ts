/**
 * The training stage: how long it trains, which layers, and how. Data only, as all of the schedule. Not here: when an end is met
 * (`src/runner/events/stage-end.ts`), what is wrong with a stage (`verify/train-faults.ts`).
 */

/** The loss that a stage end looks at. `Count`: a number, or what stands for one until names are bound. */
export type ObservedLoss<Count = number> =
  /** The mean training loss of the stage's last `window` steps: seen after each step, from the `window`-th on. */
  | { readonly kind: 'training'; readonly window: Count }
  /** Each evaluation of the held-out text. */
  | { readonly kind: 'heldOut' };

/** What ends a stage before it has taken all the steps that it may take. */
export type StageEnd<Count = number> =
  /** For `patience` looks at the loss it has not fallen more than `minDelta` below its lowest. */
  | { readonly kind: 'plateau'; readonly on: ObservedLoss<Count>; readonly patience: Count; readonly minDelta: Count }
  /** The loss is at most so much, in nats per token. */
  | { readonly kind: 'loss'; readonly loss: Count; readonly on: ObservedLoss<Count> }
  /** The stage has trained on this many tokens, or more. */
  | { readonly kind: 'tokens'; readonly tokens: Count }
  /** The stage's matrix products have cost this many FLOPs, or more. */
  | { readonly kind: 'flops'; readonly flops: Count }
  /**
   * The loss falls per FLOP less than `ratio` times as fast as it did when it was last seen on another level: at the end of the last training
   * stage that was on another level than this one. Between two looks: with `training`, between the mean of the last `window` steps and that
   * of the `window` before; with `heldOut`, between the last two evaluations.
   */
  | { readonly kind: 'slopeBelow'; readonly ratio: Count; readonly on: ObservedLoss<Count> };

/** Whether embeddings, final norm and head are trained where only some layers are. */
export type SharedTraining = 'freeze' | 'train';

/** The part of a level that is trained; the rest keeps weights, moments and counters to the bit. */
export type TrainedPart =
  /** Layers of the present level, 0-based and ascending. */
  | { readonly kind: 'layers'; readonly layers: readonly number[]; readonly sharedLayers: SharedTraining }
  /** Those that the last growth made (multi-stage layerwise training, Yang et al. 2020). */
  | { readonly kind: 'new'; readonly sharedLayers: SharedTraining };

export interface TrainStage<Count = number> {
  readonly kind: 'train';
  /** Training steps; the most that there may be where an end decides. */
  readonly steps: Count;
  /** Left out where the stage takes all its steps. */
  readonly until?: StageEnd<Count>;
  /** Left out where everything is trained. */
  readonly only?: TrainedPart;
  /**
   * Stochastic depth (Huang et al. 2016): the last of L layers takes part in a step with this probability p, layer l (1, 2, …) with
   * 1 − l/L·(1 − p); what takes part is divided by its probability, so that evaluation needs no scaling. Left out: all always take part.
   */
  readonly stochasticDepth?: Count;
  /** Microbatches of a step of this stage; left out where they are the setup's. */
  readonly accumulate?: Count;
}
