/**
 * The options of a training step: which layers it updates, whether it may drop some, whether its objective has a linear term, how large its batch is,
 * and in how many microbatches it is processed. Resolved from a stage by the walk. Not here: the programs that result (`src/model/training-step.ts`).
 */
import type { Discretization } from '../grid.js';
import type { Setup } from '../schedule.js';
import type { TrainStage } from '../train-stage.js';
import { settingsOf } from './step-settings.js';
import { subnetworkOf } from './subnetwork.js';

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
  /** Sequences in a batch, and tokens in a sequence; absent where they are the setup's. */
  readonly batch?: number;
  readonly context?: number;
  /** The network that a step computes, of some of the layers; absent where it is the level's own. */
  readonly subnetwork?: Discretization;
}

/** The batch of a stage's steps, as far as it is not the setup's whole one. */
export const batchPart = (stage: TrainStage, setup: Setup): Pick<StepPart, 'accumulate' | 'batch' | 'context'> => {
  const { accumulate, batch, context } = settingsOf(stage, setup);
  return {
    ...(accumulate === 1 ? {} : { accumulate }),
    ...(batch === setup.batch ? {} : { batch }),
    ...(context === setup.model.context ? {} : { context }),
  };
};

/** The same for what processes the setup's batches: evaluations, and transfers that need data. */
export const setupPart = ({ accumulate = 1 }: Setup): Pick<StepPart, 'accumulate'> => (accumulate === 1 ? {} : { accumulate });

/** What a step computes: the network that the programs of a training step have. */
export const computed = <At extends Discretization & StepPart>({ subnetwork, ...at }: At): Omit<At, 'subnetwork'> => ({
  ...at,
  ...subnetwork,
});

const subnetworkPart = ({ subnetwork }: TrainStage, level: Discretization): Pick<StepPart, 'subnetwork'> => {
  const found = subnetwork && subnetworkOf(subnetwork, level);
  return found === undefined || found.layers === level.layers ? {} : { subnetwork: found };
};

/** @param made the layers that the last growth of the depth made. */
export const stepPart = (stage: TrainStage, level: Discretization, made: () => readonly number[]): StepPart => ({
  ...subnetworkPart(stage, level),
  ...trainedPart(stage, made),
});

const trainedPart = ({ only, stochasticDepth }: TrainStage, made: () => readonly number[]): StepPart => ({
  ...(only === undefined ? {} : { trained: { layers: only.kind === 'new' ? made() : only.layers, shared: only.sharedLayers === 'train' } }),
  ...(stochasticDepth === undefined ? {} : { stochasticDepth }),
});
