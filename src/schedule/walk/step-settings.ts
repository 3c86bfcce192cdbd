/**
 * The settings of a training step that both the setup and a stage may give: a stage's own come first. Held-out text is always evaluated with the
 * setup's, so that all losses of a run are measured alike. Not here: what else distinguishes the steps of a stage (`step-part.ts`).
 */
import type { LearningRate, Setup } from '../schedule.js';
import type { TrainStage } from '../train-stage.js';

export interface StepSettings {
  /** Sequences in a step. */
  readonly batch: number;
  /** Tokens in a sequence. */
  readonly context: number;
  /** Microbatches in a batch. */
  readonly accumulate: number;
  readonly learningRate: LearningRate;
}

/**
 * @example
 * settingsOf({ kind: 'train', steps: 400, batch: 32 }, setup).batch // 32, whatever the setup's is
 */
export const settingsOf = (stage: TrainStage, { batch, accumulate = 1, model, optimizer }: Setup): StepSettings => ({
  batch: stage.batch ?? batch,
  context: stage.context ?? model.context,
  accumulate: stage.accumulate ?? accumulate,
  learningRate: stage.learningRate ?? optimizer.learningRate,
});

/** Tokens in a step. */
export const tokensOf = ({ batch, context }: Pick<StepSettings, 'batch' | 'context'>): number => batch * context;
