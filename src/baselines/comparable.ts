/**
 * What pipelines must have in common for their losses to be comparable: the final network, the data, and how the loss on held-out text is
 * measured. Optimizer, batch and stages may differ: they are what is compared.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { modelAt } from '../model/parameters.js';
import type { Schedule } from '../schedule/schedule.js';
import { differencesIn } from '../schedule/walk/difference.js';
import { finestOf } from './baselines.js';

export interface Named {
  readonly name: string;
  readonly schedule: Schedule;
}

const common = (schedule: Schedule) => {
  const { model, data, evaluation } = schedule.setup;
  const finest = finestOf(schedule);
  const { layers, loops = 1 } = finest;
  return { 'finest network': { ...modelAt(model, finest), layers, loops }, data, evaluation: { batches: evaluation.batches } };
};

/** Left: the first pipeline that is not comparable with `pipelines[0]`, and how they differ. */
export const comparable = (pipelines: readonly Named[]): E.Either<Fault, void> => {
  const [first, ...others] = pipelines;
  if (first === undefined) return E.right(undefined);
  for (const other of others) {
    const found = differencesIn('', common(first.schedule), common(other.schedule), [`in ${first.name} is`, `in ${other.name}`]);
    if (found.length > 0)
      return E.left(
        inputFault(
          `${first.name} and ${other.name} cannot be compared: ${found.join(', ')}; give both the same model, data and number of evaluation batches`,
        ),
      );
  }
  return E.right(undefined);
};
