/**
 * The options of a training step: which layers it updates, whether it may drop some, whether its objective has a linear term, and in how many
 * microbatches it processes its batch. Resolved from a stage by the walk. Not here: the programs that result (`src/model/training-step.ts`).
 */
import type { TrainStage } from '../train-stage.js';

/** Layers by number, and the shared set. */
export interface TrainedLayers {
  readonly layers: readonly number[];
  readonly shared: boolean;
}

export interface StepPart {
  /** Left out where everything is trained. */
  readonly trained?: TrainedLayers;
  /** Probability with which the last layer takes part; absent where all do. */
  readonly stochasticDepth?: number;
  /** Whether the level has a tau correction. */
  readonly hasTau?: boolean;
  /** Microbatches in a batch; absent where it is processed as a whole. */
  readonly accumulate?: number;
}

/** @param made the layers that the last growth made. */
export const stepPart = ({ only, stochasticDepth }: TrainStage, made: () => readonly number[]): StepPart => ({
  ...(only === undefined ? {} : { trained: { layers: only.kind === 'new' ? made() : only.layers, shared: only.sharedLayers === 'train' } }),
  ...(stochasticDepth === undefined ? {} : { stochasticDepth }),
});
