/**
 * The schedule: the JSON that a pipeline means. Plain, readonly, `kind`-tagged data; no functions, no defaults left open.
 * Not here: how it is checked (`json/schema.ts`, `verify/verify.ts`), walked (`walk/walk.ts`), read from text (`text/`), written (`print/`) or costed (`src/plan`).
 */

import type { TrainStage } from './train-stage.js';

export type { ObservedLoss, SharedTraining, StageEnd, TrainedPart, TrainStage } from './train-stage.js';

/** Raised whenever the meaning of an existing key changes; a reader refuses any other version. */
export const SCHEDULE_VERSION = 1;

export interface Schedule {
  readonly version: typeof SCHEDULE_VERSION;
  readonly setup: Setup;
  readonly stages: readonly Stage[];
}

/** Everything that stays fixed while the stages run. */
export interface Setup {
  readonly model: Model;
  readonly data: DataSource;
  readonly optimizer: Optimizer;
  /** Sequences in one training step. */
  readonly batch: number;
  /**
   * Microbatches in which the batch is seen, one after the other, while their gradients add up to its own: memory is that of one of them.
   * Left out where it is seen as a whole.
   */
  readonly accumulate?: number;
  /** Seeds the initial weights, the batches and the layers that stochastic depth leaves out; nothing else. */
  readonly seed: number;
  /** The weights that level 0 begins with; drawn (`seed`) where it is left out. */
  readonly initial?: InitialCheckpoint;
  readonly evaluation: Evaluation;
}

/** A model of any family, told by its `kind`. All have layers, heads, a width, a context and a vocabulary. */
export type Model = GptModel;

/** A pre-norm GPT whose residual branches are scaled by the step size h of the level that runs it. */
export interface GptModel {
  readonly kind: 'gpt';
  /** 0 for embeddings and head alone, which may grow layers later. */
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly context: number;
  readonly bias: boolean;
  /** GELU by the approximation with tanh that GPT-2 was trained with; the exact one where it is left out. */
  readonly gelu?: 'tanh';
  /** Tokens in the vocabulary. Left out when the data says it. */
  readonly vocabulary?: number;
}

export type DataSource = TextSource | TokenSource;

/** UTF-8 text: a file's path, or `npm:NAME` for a corpus inside an installed npm package. */
export interface TextSource {
  readonly kind: 'text';
  readonly source: string;
  /** `characters`, `bytes`, an encoding such as `gpt2`, or the path of a tokenizer's file. */
  readonly tokenizer: string;
  /** Share of the text, from its end, that is held out for validation. */
  readonly heldOut: number;
  /** The field of JSON Lines, or the column of Parquet, that holds the text; `text` where it is left out. */
  readonly field?: string;
  /** Attention stays inside a document, and positions begin again with each; a sequence sees all that is before it where it is left out. */
  readonly documents?: 'separate';
}

/** No text: uniformly random tokens. Enough for plans, benchmarks and tests. */
export interface TokenSource {
  readonly kind: 'tokens';
  readonly vocabulary: number;
}

/** The weights of a saved model. */
export interface InitialCheckpoint {
  readonly kind: 'checkpoint';
  /** A run folder, a model folder (vcycle's, or a GPT-2's of Hugging Face's), or a file of safetensors that holds a whole model. */
  readonly path: string;
  /** SHA-256 of the files that are read there, which whoever reads them first adds; from then on others under that path are refused. */
  readonly digest?: string;
}

export interface Evaluation {
  /** Training steps between two evaluations of the held-out text; 0 evaluates at the end of each training stage only. What the run saves is evaluated whatever this is. */
  readonly every: number;
  /** Batches in one evaluation. */
  readonly batches: number;
}

export type Optimizer = Sgd | AdamW;

interface OptimizerCommon {
  readonly learningRate: LearningRate;
  /** Largest global norm that the gradient may have; 0 leaves it as it is. */
  readonly clip: number;
  /** Decoupled decay, applied to matrices only (never to biases, norms). */
  readonly weightDecay: number;
}

export interface Sgd extends OptimizerCommon {
  readonly kind: 'sgd';
  readonly momentum: number;
}

export interface AdamW extends OptimizerCommon {
  readonly kind: 'adamw';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Which step counter a learning rate reads: all training steps of the run, or those of the present training stage. */
export type Clock = 'global' | 'stage';

interface LearningRateCommon {
  readonly peak: number;
  /** Steps of linear warm-up from 0 to `peak`. */
  readonly warmup: number;
  readonly clock: Clock;
  /** Steps over which the rate is warmed up again after each transfer; none where it is left out. */
  readonly rewarm?: number;
}

export type LearningRate =
  | (LearningRateCommon & { readonly kind: 'constant' })
  /** Half a cosine from `peak` to `floor` over what remains after the warm-up. */
  | (LearningRateCommon & { readonly kind: 'cosine'; readonly floor: number })
  /** Warm-up, stable, then a linear decay to `floor` over the last `decay` share of the clock, or over what the warm-up leaves of it. */
  | (LearningRateCommon & { readonly kind: 'wsd'; readonly floor: number; readonly decay: number });

/** `Count`: a number, or what stands for one until names are bound (`open-stages.ts`). */
export type Stage<Count = number> =
  | TrainStage<Count>
  | EvaluateStage
  | RestrictStage<Count>
  | ProlongateStage<Count>
  | GrowStage<Count>
  | RepeatStage<Count>
  | BranchStage<Count>;

/** The loss of the present level on held-out text, on as many batches as any evaluation (`Evaluation`). Changes nothing. */
export interface EvaluateStage {
  readonly kind: 'evaluate';
}

/** An operator over layers: how it makes a coarse layer from fine ones, and what its own way back is. */
export type LayerOperator<Count = number> = Injection<Count> | Averaging<Count> | MatrixOperator;

/** Injection: of every `factor` consecutive layers the one at `offset` goes to the coarse level. Its own way back puts it in its place. */
export interface Injection<Count = number> {
  readonly kind: 'every';
  readonly factor: Count;
  readonly offset: Count;
}

/**
 * Which of n layers, heads or units become one: `neighbours` 0 and 1, 2 and 3, …; `halves` i and i + n/2, or of `factor` equal parts those at the same
 * place in each. The released code of Zou et al. (2024) pairs halves.
 */
export type Pairing = 'neighbours' | 'halves';

/** One that is not left out: neighbours are. */
export interface Paired {
  readonly pairing?: Exclude<Pairing, 'neighbours'>;
}

/** Coalescing: a coarse layer is the mean of `factor` layers (Zou et al., 2024). Its own way back puts it in place of each. */
export interface Averaging<Count = number> extends Paired {
  readonly kind: 'average';
  readonly factor: Count;
}

/** Matrices over layers, of the user's own: restriction [coarse][fine], prolongation [fine][coarse]. */
export interface MatrixOperator {
  readonly kind: 'matrix';
  readonly restriction: readonly (readonly number[])[];
  readonly prolongation: readonly (readonly number[])[];
}

/**
 * Coalescing of `factor` heads, and of as many units of the residual stream and of the feed-forward part (Zou et al., 2024): width and heads become
 * `factor` times smaller, the size of a head stays. Its own way back writes each unit `factor` times. The layers stay as many.
 */
export interface WidthOperator<Count = number> extends Paired {
  readonly kind: 'width';
  readonly factor: Count;
}

/** An operator that is not made of others. */
export type SimpleOperator<Count = number> = LayerOperator<Count> | WidthOperator<Count>;

/** Several operators as one transfer, the first one first: R = Rₙ … R₁, P = P₁ … Pₙ. */
export interface Composition<Count = number> {
  readonly kind: 'compose';
  readonly operators: readonly SimpleOperator<Count>[];
}

/** How a restriction makes a coarse level, and what its own way back is. */
export type Operator<Count = number> = SimpleOperator<Count> | Composition<Count>;

/** Whether a restriction of k times as many layers multiplies h by k, or keeps it. */
export type StepSizePolicy = 'scale' | 'keep';

/**
 * What a transfer does to the optimizer's moments of the layers that it moves (docs/transfers.md has the table).
 *
 * - `carry`: they move as the weights do.
 * - `reset`: zeros.
 * - `rescale`: they move, and the first moment is multiplied by the factor by which h makes the gradient grow, the second by its square.
 * - `zero-new`: they move to layers that were there before; a layer that the transfer creates (a growth's copies, a fine layer that P writes
 *   and R did not read) begins with zeros.
 * - `average`: the mean of those that are at the destination and those that `carry` would bring; where there is nothing, `carry`.
 */
export type MomentsPolicy = 'carry' | 'reset' | 'rescale' | 'zero-new' | 'average';

/**
 * What a transfer does to the count of updates, which Adam's bias correction reads, of the layers that it moves. `carry`: it moves along; a
 * layer of several has the oldest count, a new layer's zeros count 0. `reset`: 0.
 */
export type CountersPolicy = 'carry' | 'reset';

/**
 * Tau correction (FAS, Brandt 1977; MG/Opt, Nash 2000): the coarse objective gets the linear term ⟨τ, θ⟩ with τ = Pᵀ∇F_fine(θ) − ∇F_coarse(Rθ), so
 * that its gradient where the level begins is the fine one's, restricted. Both gradients are means over the training batches of the next
 * `batches` steps. A level that is opened from one with a tau of its own takes that tau down with the fine gradient.
 */
export interface Tau {
  readonly batches: number;
}

export interface RestrictStage<Count = number> {
  readonly kind: 'restrict';
  readonly operator: Operator<Count>;
  readonly h: StepSizePolicy;
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
  /** Left out: the coarse objective is the coarse model's own. */
  readonly tau?: Tau;
}

/** `own`: the prolongation of the operator that restricted. `repeat`: piecewise constant. `linear`: interpolated between coarse layers. */
export type Interpolation = 'own' | 'repeat' | 'linear';

/** What comes back. */
export type Correction<Count = number> =
  /** The coarse values replace the fine ones wherever P reaches. */
  | { readonly kind: 'total' }
  /** fine ← fine + alpha·P·(coarse − what was restricted); 0 < alpha ≤ 1. */
  | { readonly kind: 'correction'; readonly alpha: Count }
  /**
   * fine ← (1 − alpha)·fine + alpha·P·coarse wherever P reaches: the interpolation operator of Zou et al. (2024, "A Multi-Level Framework for
   * Accelerating Training Transformer Models", ICLR); 0 < alpha ≤ 1, and a mix by 1 is `total`.
   */
  | { readonly kind: 'mix'; readonly alpha: Count };

/**
 * Backtracking on the fine loss (MG/Opt): the correction whole, then halved, and so on, until the mean loss over the training batches of
 * the next `batches` steps is below that of the fine level as it was; after `tries` failed attempts, the fine level stays as it was. Shared layers go with it.
 */
export interface LineSearch {
  readonly tries: number;
  readonly batches: number;
}

export interface ProlongateStage<Count = number> {
  readonly kind: 'prolongate';
  readonly correction: Correction<Count>;
  readonly interpolation: Interpolation;
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
  /** Left out: the correction is taken as it is. */
  readonly lineSearch?: LineSearch;
}

/**
 * How a network becomes `factor` times as deep, from layers a b: `stack` a b a b (StackBERT, G_stack), `repeat` a a b b (interleaved),
 * `zero` a 0 b 0 with new layers whose branches are zero, so that the function stays the same.
 */
export interface MultipliedGrowth<Count = number> {
  readonly kind: 'stack' | 'repeat' | 'zero';
  readonly factor: Count;
}

/**
 * How a network becomes deeper by a copy of `block` of its layers. From layers a b c d e f and a block of 2: `last` a b c d e f e f (gradual
 * stacking, Reddi et al., 2023), `middle` a b c d c d e f (MIDAS, Saunshi et al., 2024).
 */
export interface BlockGrowth<Count = number> {
  readonly kind: 'middle' | 'last';
  readonly block: Count;
}

/**
 * How a network becomes deeper by `layers` new ones on top, also one that has no layers yet: `fresh` with their initial values, `identity` with
 * these and each branch's last product at zero, so that the function stays the same (zero/one-layer progressive training, Bu et al., 2025).
 */
export interface NewLayersGrowth<Count = number> {
  readonly kind: 'fresh' | 'identity';
  readonly layers: Count;
}

export type Growth<Count = number> = MultipliedGrowth<Count> | BlockGrowth<Count> | NewLayersGrowth<Count>;

/** The finest level becomes deeper for good. Only on level 0. */
export interface GrowStage<Count = number> {
  readonly kind: 'grow';
  readonly growth: Growth<Count>;
  /** `keep` leaves h; `scale` divides it as the layers multiply, so that the flow is as long as before (a network without layers has none). */
  readonly h: StepSizePolicy;
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
}

export interface RepeatStage<Count = number> {
  readonly kind: 'repeat';
  readonly times: Count;
  readonly stages: readonly Stage<Count>[];
}

/** How several arms of a branch become one where more than one of them wrote. */
export type SharedPolicy =
  | { readonly kind: 'average' }
  /** What the last of them wrote. */
  | { readonly kind: 'last' }
  /** One weight for each arm, positive, summing to 1. */
  | { readonly kind: 'weighted'; readonly weights: readonly number[] };

/**
 * Arms that all begin with the state in which the branch begins, and run in turn; each comes back to the level of the branch. A layer that one
 * arm wrote is that arm's; what several wrote, first of all the shared layers, is merged. Steps (and so batches) are counted through.
 */
export interface BranchStage<Count = number> {
  readonly kind: 'branch';
  readonly arms: readonly (readonly Stage<Count>[])[];
  readonly shared: SharedPolicy;
}
