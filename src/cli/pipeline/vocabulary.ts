/**
 * How many tokens a schedule's vocabulary has, which may be known only from its data.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import type { Schedule } from '../../schedule/schedule.js';
import { unrolled } from '../../schedule/walk/walk.js';
import type { NamedPipeline } from './load-pipeline.js';

/** The vocabulary that a schedule says, of its model or of random tokens; undefined where texts must be read for it. */
const saidBy = ({ setup: { model, data }, stages }: Schedule): number | undefined => {
  if (model.vocabulary !== undefined) return model.vocabulary;
  const ofStages = [...unrolled(stages)].some(({ stage }) => stage.kind === 'train' && stage.data !== undefined);
  return data.kind === 'tokens' && !ofStages ? data.vocabulary : undefined;
};

/** Tokens in the vocabulary: from the schedule if it says so, otherwise from its data. */
export const vocabularyOf = ({ schedule, json }: NamedPipeline): TE.TaskEither<Fault, number> => {
  const vocabulary = saidBy(schedule);
  if (vocabulary !== undefined) return TE.right(vocabulary);
  return async () => {
    const [{ loadData }, { fitsStages }] = await Promise.all([import('./load-data.js'), import('../../runner/state/stage-data.js')]);
    const data = await loadData(schedule, json)();
    if (E.isLeft(data)) return data;
    return E.map(() => data.right.vocabulary)(fitsStages(schedule, data.right));
  };
};

/** What the vocabulary depends on, and what is said where it is read. */
const keyOf = ({ schedule: { setup, stages }, json }: NamedPipeline): string => {
  const ofStages = [...unrolled(stages)].flatMap(({ stage }) => (stage.kind === 'train' && stage.data !== undefined ? [stage.data] : []));
  return JSON.stringify([json, setup.model.vocabulary, setup.model.context, setup.data, ofStages]);
};

/** The same for several pipelines, of which many have the same data: these are read once. */
export const vocabulariesOf = (): typeof vocabularyOf => {
  const known = new Map<string, number>();
  return (named) => async () => {
    const key = keyOf(named);
    const found = known.get(key);
    if (found !== undefined) return E.right(found);
    const read = await vocabularyOf(named)();
    if (E.isRight(read)) known.set(key, read.right);
    return read;
  };
};
