/**
 * How many tokens a schedule's vocabulary has, which may be known only from its data.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../../data/dataset.js';
import type { Fault } from '../../fault.js';
import { loadData } from './load-data.js';
import type { NamedPipeline } from './load-pipeline.js';

/** Tokens in the vocabulary: from the schedule if it says so, otherwise from its data. */
export const vocabularyOf = ({ schedule, json }: NamedPipeline): TE.TaskEither<Fault, number> => {
  const { vocabulary } = schedule.setup.model;
  return vocabulary === undefined ? TE.map((data: Dataset) => data.vocabulary)(loadData(schedule, json)) : TE.right(vocabulary);
};
