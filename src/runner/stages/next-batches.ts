/** The training batches of a run's next steps: what a transfer looks at, where it needs data. A function of the seed and the step. */
import { type Batch, trainingBatch } from '../../data/batches.js';
import type { RunState } from '../run-state.js';

export const nextBatches = ({ given: { schedule, dataset }, step }: RunState, count: number): readonly Batch[] => {
  const { batch, model, seed } = schedule.setup;
  return Array.from({ length: count }, (_, ahead) => trainingBatch(dataset, { batch, context: model.context, seed, step: step + ahead }));
};
