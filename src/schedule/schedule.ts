/**
 * The schedule: the JSON that a pipeline means. Plain, readonly, `kind`-tagged data; no functions, no defaults left open.
 * Not here: how it is checked (`schema.ts`, `verify.ts`), walked (`walk.ts`), written as text (`text/`) or costed (`plan.ts`).
 */

/** Raised whenever the meaning of an existing key changes; a reader refuses any other version. */
export const SCHEDULE_VERSION = 1;

export interface Schedule {
  readonly version: typeof SCHEDULE_VERSION;
  readonly setup: Setup;
  readonly stages: readonly Stage[];
}

/** Everything that stays fixed while the stages run. */
export interface Setup {
  readonly model: GptModel;
  readonly data: DataSource;
  readonly optimizer: Optimizer;
  /** Sequences in one training step. */
  readonly batch: number;
  /** Seeds the initial weights, the batches and nothing else. */
  readonly seed: number;
  readonly evaluation: Evaluation;
}

/** A pre-norm GPT whose residual branches are scaled by the step size h of the level that runs it. */
export interface GptModel {
  readonly kind: 'gpt';
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly context: number;
  readonly bias: boolean;
  /** Tokens in the vocabulary. Left out when the data says it. */
  readonly vocabulary?: number;
}

export type DataSource = TextSource | TokenSource;

/** UTF-8 text: a file's path, or `npm:NAME` for a corpus inside an installed npm package. */
export interface TextSource {
  readonly kind: 'text';
  readonly source: string;
  readonly tokenizer: 'characters';
  /** Share of the text, from its end, that is held out for validation. */
  readonly heldOut: number;
}

/** No text: uniformly random tokens. Enough for plans, benchmarks and tests. */
export interface TokenSource {
  readonly kind: 'tokens';
  readonly vocabulary: number;
}

export interface Evaluation {
  /** Training steps between two evaluations of the held-out text; 0 evaluates at the end of each training stage only. */
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
}

export type LearningRate =
  | (LearningRateCommon & { readonly kind: 'constant' })
  /** Half a cosine from `peak` to `floor` over what remains after the warm-up. */
  | (LearningRateCommon & { readonly kind: 'cosine'; readonly floor: number })
  /** Warm-up, stable, then a linear decay to `floor` over the last `decay` share of the clock. */
  | (LearningRateCommon & { readonly kind: 'wsd'; readonly floor: number; readonly decay: number });

export type Stage = TrainStage | RestrictStage | ProlongateStage | RepeatStage;

export interface TrainStage {
  readonly kind: 'train';
  readonly steps: number;
}

/** Injection: of every `factor` consecutive layers the one at `offset` goes to the coarse level. */
export interface Injection {
  readonly kind: 'every';
  readonly factor: number;
  readonly offset: number;
}

/** Whether a restriction by factor k multiplies h by k, or keeps it. */
export type StepSizePolicy = 'scale' | 'keep';

/** What a transfer does to the optimizer's moments of the layers that it moves. */
export type MomentsPolicy = 'carry' | 'reset';

export interface RestrictStage {
  readonly kind: 'restrict';
  readonly operator: Injection;
  readonly h: StepSizePolicy;
  readonly moments: MomentsPolicy;
}

export interface ProlongateStage {
  readonly kind: 'prolongate';
  readonly moments: MomentsPolicy;
}

export interface RepeatStage {
  readonly kind: 'repeat';
  readonly times: number;
  readonly stages: readonly Stage[];
}
