/**
 * The training batches of a run's next steps, for transfers that need data. A function of the seed and the step; each batch is made on demand, again
 * at every pass, so that any number of them takes no memory.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Batch, microbatches, trainingBatch } from '../../data/batches.js';
import type { Fault } from '../../fault.js';
import type { ModelWork } from '../../plan/work.js';
import type { RunState } from '../state/run-state.js';

/** In the number and size in which the work's program sees them: microbatches where the batch is divided. */
export const nextBatches = (run: RunState, { times, at: { accumulate: parts = 1 } }: ModelWork): Iterable<E.Either<Fault, Batch>> => {
  const { schedule, dataset } = run.given;
  const { batch, model, seed } = schedule.setup;
  // The next steps are of the same replica, or of none.
  const { here } = run;
  return {
    *[Symbol.iterator]() {
      for (let ahead = 0; ahead < times / parts; ahead += 1) {
        const drawn = trainingBatch(dataset, {
          batch,
          context: model.context,
          seed,
          step: run.clockStep(here) + ahead,
          part: here.replica,
        });
        if (E.isLeft(drawn)) yield drawn;
        else for (const part of microbatches(drawn.right, parts)) yield E.right(part);
      }
    },
  };
};
