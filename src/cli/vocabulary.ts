/**
 * How many tokens a schedule's vocabulary has, which only its data may know.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { loadDataset } from '../data/load-dataset.js';
import type { Fault } from '../fault.js';
import type { Schedule } from '../schedule/schedule.js';

/** Tokens in the vocabulary: as the schedule says, else as its data turn out. */
export const vocabularyOf = ({ setup: { model, data } }: Schedule): TE.TaskEither<Fault, number> => {
  if (model.vocabulary !== undefined) return TE.right(model.vocabulary);
  return pipe(
    loadDataset(data, { context: model.context }),
    TE.map(({ vocabulary }) => vocabulary),
  );
};
