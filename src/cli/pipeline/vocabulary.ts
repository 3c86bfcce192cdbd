/**
 * How many tokens a schedule's vocabulary has, which only its data may know.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../../data/dataset.js';
import type { Fault } from '../../fault.js';
import { loadData } from './load-data.js';
import type { NamedPipeline } from './load-pipeline.js';

/** Tokens in the vocabulary: as the schedule says, else as its data turn out. */
export const vocabularyOf = ({ schedule, json }: NamedPipeline): TE.TaskEither<Fault, number> => {
  const { vocabulary } = schedule.setup.model;
  return vocabulary === undefined ? TE.map((data: Dataset) => data.vocabulary)(loadData(schedule, json)) : TE.right(vocabulary);
};
