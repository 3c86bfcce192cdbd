/**
 * The schedule: the JSON that a pipeline means. Plain, readonly, `kind`-tagged data; no functions, no defaults left open. Not here: how it is checked
 * (`json/schema.ts`, `verify/verify.ts`), walked (`walk/walk.ts`), parsed (`text/`), printed (`print/`) or costed (`src/plan`).
 */

import type { DataSource } from './data-source.js';
import type { OuterOptimizer } from './outer-optimizer.js';
import type { LearningRate } from './rate.js';
import type { TrainStage } from './train-stage.js';

export type { DataSource, TextSource, TokenSource } from './data-source.js';
export type { OuterOptimizer } from './outer-optimizer.js';
export type { Clock, LearningRate } from './rate.js';
export type { ObservedLoss, SharedTraining, StageEnd, Subnetwork, TrainedPart, TrainStage } from './train-stage.js';

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
   * The number of microbatches in which the batch is processed, one after the other, while their gradients add up to its own: memory is that of one
   * of them. Absent where it is processed as a whole.
   */
  readonly accumulate?: number;
  /**
   * What of each layer's forward pass is computed a second time for the gradient. `activations`: all but its input and the results of products with
   * weights. `layers`: all but its input. Each needs less memory and more FLOPs, and gives the same bits. Absent where everything that the gradient
   * reads is kept.
   */
  readonly recompute?: Recompute;
  /** What happens at a training loss that jumps; absent where nothing does. */
  readonly onSpike?: OnSpike;
  /** Seeds the initial weights, the batches and the layers that stochastic depth drops; nothing else. */
  readonly seed: number;
  /** The initial weights of level 0; by default they are drawn (`seed`). */
  readonly initial?: InitialCheckpoint;
  readonly evaluation: Evaluation;
}

/** What a gradient computes again (`Setup.recompute`). */
export type Recompute = 'activations' | 'layers';

/**
 * A training loss above mean + factor · standard deviation of the stage's last `window` losses, or one that is not finite, is a spike: the run returns to
 * its state at least `back` steps (and less than twice as many) before, or at the stage's beginning, and continues with the batches after the spike's. So
 * PaLM was trained (Chowdhery et al., 2022: about 100 steps back, 200 to 500 batches skipped).
 */
export interface OnSpike {
  readonly factor: number;
  /** Training losses; before the stage has so many, only one that is not finite is a spike. */
  readonly window: number;
  readonly back: number;
}

/** A model of any family, distinguished by `kind`. All have layers, heads, a width, a context and a vocabulary. */
export type Model = GptModel | LlamaModel;

/** How initial values, learning rates and ε depend on a network's size (`src/model/parametrisation.ts`). */
export interface Parametrised {
  /** CompleteP (Dey et al., 2025); by default none of them do, but for GPT-2's initial values of a branch's last product. */
  readonly parametrisation?: 'completeP';
  /** The depth and the width at which completeP is the standard parametrisation. */
  readonly baseLayers?: number;
  readonly baseWidth?: number;
}

/** A pre-norm GPT whose residual branches are scaled by the step size h of the level that runs it. */
export interface GptModel extends Parametrised {
  readonly kind: 'gpt';
  /** 0 for only embeddings and head, which may grow layers later. */
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly context: number;
  readonly bias: boolean;
  /** GELU by the approximation with tanh with which GPT-2 was trained; by default the exact one. */
  readonly gelu?: 'tanh';
  /** Tokens in the vocabulary. Absent where the data determine it. */
  readonly vocabulary?: number;
}

/**
 * A network of Llama's shape (Touvron et al., 2023): RMS norms before each branch, rotary positions, SwiGLU, no biases; its residual branches are scaled
 * by the step size h of the level that runs it, too.
 */
export interface LlamaModel extends Parametrised {
  readonly kind: 'llama';
  /** 0 for only embeddings and head, which may grow layers later. */
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values, each of which serves heads / keyValueHeads heads of queries (Ainslie et al., 2023). */
  readonly keyValueHeads: number;
  readonly width: number;
  /** Units of the feed-forward part. */
  readonly hidden: number;
  readonly context: number;
  /** The base of the rotary positions' angles. */
  readonly theta: number;
  /** Added to the mean square in every norm. */
  readonly epsilon: number;
  /** Whether the head is the token embedding. */
  readonly tied: boolean;
  /** Whether queries and keys are normalised in each head before they are turned, with a weight for each unit of a head, as in Qwen3. */
  readonly queryKeyNorm: boolean;
  /** Tokens in the vocabulary. Absent where the data determine it. */
  readonly vocabulary?: number;
}

/** The weights of a saved model. */
export interface InitialCheckpoint {
  readonly kind: 'checkpoint';
  /**
   * A run folder, a model folder (vcycle's, or Hugging Face's for a GPT-2, a Llama or a Qwen3), or a file of safetensors that contains a complete
   * model.
   */
  readonly path: string;
  /** SHA-256 of the files, added when they are first read; from then on other files under that path are refused. */
  readonly digest?: string;
}

export interface Evaluation {
  /** Training steps between two evaluations of the held-out text; 0 evaluates at the end of each training stage only. What the run saves is evaluated whatever this is. */
  readonly every: number;
  /** Batches in one evaluation. */
  readonly batches: number;
}

export type Optimizer = Sgd | AdamW | Muon;

interface OptimizerCommon {
  readonly learningRate: LearningRate;
  /** The largest global norm of the gradient, beyond which it is clipped; 0 disables clipping. */
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

/**
 * Muon (Jordan et al., 2024) for the matrices between hidden activations, each orthogonalised by itself, and AdamW for embeddings, an untied head,
 * biases and norms, all by one learning rate.
 */
export interface Muon extends OptimizerCommon {
  readonly kind: 'muon';
  readonly momentum: number;
  readonly nesterov: boolean;
  /** Those of the quintic a·X + b·(XXᵀ)X + c·(XXᵀ)²X. */
  readonly coefficients: readonly [a: number, b: number, c: number];
  /** Of Newton–Schulz. */
  readonly iterations: number;
  /** The least norm that a matrix is divided by before the iterations. */
  readonly epsilon: number;
  /** How the learning rate of a matrix depends on its shape (`src/optimizer/muon.ts`). */
  readonly shapeFactor: 'original' | 'match-rms-adamw';
  readonly rest: AdamWOfRest;
}

/** AdamW beside Muon, for parameters that are no hidden matrices. */
export interface AdamWOfRest extends Pick<AdamW, 'beta1' | 'beta2' | 'epsilon'> {
  /** Its learning rate, as a multiple of the schedule's. */
  readonly rate: number;
}
/** `Count`: a number, or what stands for one until names are bound (`open-stages.ts`). */
export type Stage<Count = number> =
  | TrainStage<Count>
  | EvaluateStage
  | RestrictStage<Count>
  | ProlongateStage<Count>
  | GrowStage<Count>
  | RepeatStage<Count>
  | BranchStage<Count>
  | ReplicasStage<Count>;

/** Measures the validation loss of the present level, on as many batches as any evaluation (`Evaluation`). Changes nothing. */
export interface EvaluateStage {
  readonly kind: 'evaluate';
}

/** An operator over layers: how it makes a coarse layer from fine ones, and its own prolongation. */
export type LayerOperator<Count = number> = Injection<Count> | Averaging<Count> | MatrixOperator;

/** Injection: of every `factor` consecutive layers the one at `offset` goes to the coarse level. Its own prolongation puts it back. */
export interface Injection<Count = number> {
  readonly kind: 'every';
  readonly factor: Count;
  readonly offset: Count;
}

/**
 * Which of n layers, heads or units are merged: `neighbours` 0 and 1, 2 and 3, …; `halves` i and i + n/2, or, of `factor` equal parts, those at the
 * same position in each. The released code of Zou et al. (2024) pairs halves.
 */
export type Pairing = 'neighbours' | 'halves';

/** A pairing that is written out: neighbours, the default, are not. */
export interface Paired {
  readonly pairing?: Exclude<Pairing, 'neighbours'>;
}

/** Coalescing: a coarse layer is the mean of `factor` layers (Zou et al., 2024). Its own prolongation puts it in place of each. */
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
 * `factor` times smaller, the size of a head stays. Its own prolongation writes each unit `factor` times. The number of layers stays.
 */
export interface WidthOperator<Count = number> extends Paired {
  readonly kind: 'width';
  readonly factor: Count;
}

/** An operator that is not a composition. */
export type SimpleOperator<Count = number> = LayerOperator<Count> | WidthOperator<Count>;

/** Several operators as one transfer, in order: R = Rₙ … R₁, P = P₁ … Pₙ. */
export interface Composition<Count = number> {
  readonly kind: 'compose';
  readonly operators: readonly SimpleOperator<Count>[];
}

/** How a restriction makes a coarse level, and its own prolongation. */
export type Operator<Count = number> = SimpleOperator<Count> | Composition<Count>;

/** Whether a restriction of k times as many layers multiplies h by k, or keeps it. */
export type StepSizePolicy = 'scale' | 'keep';

/**
 * What a transfer does to the optimizer's moments of the layers that it moves (docs/transfers.md has the table).
 *
 * - `carry`: they move as the weights do.
 * - `reset`: zeros.
 * - `rescale`: they move, and the first moment is multiplied by the factor by which the change of h scales the gradient, the second by its square.
 * - `zero-new`: they move to layers that existed before; a layer that the transfer creates (a growth's copies, a fine layer that P writes and R did
 * not read) begins with zeros, and so does each entry that a growth of the width creates.
 * - `average`: the mean of those at the destination and those that `carry` would give; where there are none, `carry`.
 */
export type MomentsPolicy = 'carry' | 'reset' | 'rescale' | 'zero-new' | 'average';

/**
 * What a transfer does to the count of updates, which Adam's bias correction reads, of the layers that it moves. `carry`: it moves along; a layer
 * made of several has the largest count, a new layer's zeros count 0. `reset`: 0.
 */
export type CountersPolicy = 'carry' | 'reset';

/**
 * Tau correction (FAS, Brandt 1977; MG/Opt, Nash 2000): the coarse objective gets the linear term ⟨τ, θ⟩ with τ = Pᵀ∇F_fine(θ) − ∇F_coarse(Rθ), so
 * that its gradient at the level's starting point is the restricted fine gradient. Both gradients are means over the training batches of the next
 * `batches` steps. A level that is opened from one with a tau of its own restricts that tau with the fine gradient.
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
  /** Absent: the coarse objective is the coarse model's own. */
  readonly tau?: Tau;
}

/** `own`: the prolongation of the operator that restricted. `repeat`: piecewise constant. `linear`: interpolated between coarse layers. */
export type Interpolation = 'own' | 'repeat' | 'linear';

/** How the coarse values return. */
export type Correction<Count = number> =
  /** The coarse values replace the fine ones wherever P reaches. */
  | { readonly kind: 'total' }
  /** fine ← fine + alpha·P·(coarse − what was restricted); 0 < alpha ≤ 1. */
  | { readonly kind: 'correction'; readonly alpha: Count }
  /**
   * fine ← (1 − alpha)·fine + alpha·P·coarse wherever P reaches: the interpolation operator of Zou et al. (2024, "A Multi-Level Framework for
   * Accelerating Training Transformer Models", ICLR); 0 < alpha ≤ 1, and a mix with alpha 1 is `total`.
   */
  | { readonly kind: 'mix'; readonly alpha: Count };

/**
 * Backtracking on the fine loss (MG/Opt): the full correction, then half of it, and so on, until the mean loss over the training batches of the next
 * `batches` steps is below that of the unchanged fine level; after `tries` failed attempts, the fine level stays as it was. The step of the shared
 * layers is scaled with it.
 */
export interface LineSearch {
  readonly tries: number;
  readonly batches: number;
}

/**
 * A learnt transfer (LiGO, Wang et al. 2023): the entries of its matrix over layers begin as those of the stage's own, and take `steps` steps of
 * gradient descent by `rate` on the loss of the network that the transfer makes, each on one of the training batches of the next steps. Only then do
 * the layers move, by what was learnt. On 0 steps it is the given transfer.
 */
export interface Fit {
  readonly steps: number;
  readonly rate: number;
}

export interface ProlongateStage<Count = number> {
  readonly kind: 'prolongate';
  readonly correction: Correction<Count>;
  readonly interpolation: Interpolation;
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
  /** Absent: the full correction is applied. */
  readonly lineSearch?: LineSearch;
  /** Of the rows of P that reach a layer. Absent: P is as it is given. */
  readonly fit?: Fit;
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
 * stacking, Reddi et al., 2023), `middle` a b c d c d e f (MIDAS, Saunshi et al., 2024). `central` from a b c d and 2: a b c b c d, the block around
 * the middle of the layers rather than of the blocks (LIDAS, Kapl et al., 2025).
 */
export interface BlockGrowth<Count = number> {
  readonly kind: 'middle' | 'central' | 'last';
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

/**
 * How a network becomes deeper with the weights that it has: its layers, as a block, are applied `times` times as often, from a b to a b, a b, where
 * both a are one layer (looped transformers: Saunshi et al., 2025). Its gradient is the sum over its applications.
 */
export interface LoopGrowth<Count = number> {
  readonly kind: 'loop';
  readonly times: Count;
}

/** How a network becomes deeper. */
export type DepthGrowth<Count = number> = MultipliedGrowth<Count> | BlockGrowth<Count> | NewLayersGrowth<Count> | LoopGrowth<Count>;

/** `width`: `factor` times as many heads, and as many times the units of the residual stream and of the feed-forward part. Heads keep their size. */
export type Growth<Count = number> = DepthGrowth<Count> | WidthOperator<Count>;

/**
 * What the new parts of a wider network hold (docs/growth.md has the table). A unit's new parts are copies, and what reads it shares its weight out
 * among them, so that all ways but `random` preserve the function:
 *
 * - `uneven`: at random, by the seed, so that copies do not stay alike (uneven splitting; Wang et al., 2024, "LEMON", ICLR).
 * - `copy`: evenly (Net2Net, Chen et al., 2016; HyperCloning, Samragh et al., 2024). Copies stay alike for as long as they are trained alike.
 * - `zero`: all to the part that was there, so that nothing reads the new ones yet.
 * - `random`: new entries of matrices are random numbers with the root mean square of those that were there, by the seed, and what reads more units is
 *   divided by √factor: this preserves norms of activations, but not the function (Yu et al., 2026, "SPARKLING", arXiv:2602.02472, §3.2).
 */
export type WidthWay = 'uneven' | 'copy' | 'zero' | 'random';

/** The finest level becomes permanently deeper or wider. Only on level 0. */
export interface GrowStage<Count = number> {
  readonly kind: 'grow';
  readonly growth: Growth<Count>;
  /** Only of a width that grows. Absent: `uneven`. */
  readonly way?: Exclude<WidthWay, 'uneven'>;
  /**
   * `keep` leaves h; `scale` divides it by the factor by which the number of steps grows, so that the flow is as long as before (a network without
   * layers has none; a width has no part in it).
   */
  readonly h: StepSizePolicy;
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
  /** Of what each layer is made of. Absent: layers are copied as the growth says. */
  readonly fit?: Fit;
}

export interface RepeatStage<Count = number> {
  readonly kind: 'repeat';
  readonly times: Count;
  readonly stages: readonly Stage<Count>[];
}

/** How arms of a branch are merged where more than one of them wrote. */
export type SharedPolicy =
  | { readonly kind: 'average' }
  /** The last one that wrote. */
  | { readonly kind: 'last' }
  /** One weight for each arm, positive, summing to 1. */
  | { readonly kind: 'weighted'; readonly weights: readonly number[] };

/**
 * Arms that all begin with the state in which the branch begins, and run one after the other; each returns to the level of the branch. A layer that
 * one arm wrote is taken from that arm; what several wrote, in particular the shared layers, is merged. Steps (and so batches) are numbered
 * continuously.
 */
export interface BranchStage<Count = number> {
  readonly kind: 'branch';
  readonly arms: readonly (readonly Stage<Count>[])[];
  readonly shared: SharedPolicy;
}

/**
 * Copies of the present state that train on different data and are merged again and again by an outer optimizer (DiLoCo: Douillard et al. 2023,
 * "DiLoCo: Distributed Low-Communication Training of Language Models", arXiv:2311.08105).
 *
 * Each replica begins a round with the merged weights, and with the moments and counts of its own that its last round left. After the last round there
 * is one network again, with the mean of their moments and the largest of their counts.
 */
export interface ReplicasStage<Count = number> {
  readonly kind: 'replicas';
  readonly replicas: Count;
  /** Training steps of each replica in a round. */
  readonly every: Count;
  /** With it, a replica takes all the stages in each of so many rounds; absent where they are training alone, which `every` divides into rounds. */
  readonly rounds?: Count;
  readonly outer: OuterOptimizer;
  readonly stages: readonly Stage<Count>[];
}
