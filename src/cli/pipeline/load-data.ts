/**
 * The data that a schedule names, as commands read them. A schedule in JSON may come from somebody else and names a file, so the user sees which file
 * it is before it is read. (A pipeline file is a program, which can read anything anyway.) Not here: reading (`src/data`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../../data/dataset.js';
import { loadDataset } from '../../data/sources/load-dataset.js';
import type { Fault } from '../../fault.js';
import { withStageData } from '../../runner/state/stage-data.js';
import type { DataSource, Model, Schedule } from '../../schedule/schedule.js';
import { say } from '../process/print.js';

/**
 * @param by the JSON file that names the data; undefined if the user named them.
 * @param others schedules on the same data, whose stages may have others of their own.
 */
export const loadData =
  (
    schedule: Schedule,
    by: string | undefined,
    tell: (message: string) => void = say,
    others: readonly Schedule[] = [],
  ): TaskEither<Fault, Dataset> =>
  () =>
    withStageData(schedule, others, loading(schedule.setup.model, by, tell));

const loading =
  ({ context }: Model, by: string | undefined, tell: (message: string) => void) =>
  (data: DataSource): TaskEither<Fault, Dataset> =>
  async () => {
    if (by !== undefined && data.kind === 'text') tell(`reading the text ${JSON.stringify(data.source)}, which ${by} names`);
    const dataset = await loadDataset(data, { context })();
    if (E.isLeft(dataset)) return dataset;
    for (const sentence of dataset.right.kind === 'text' ? (dataset.right.found ?? []) : []) tell(sentence);
    return dataset;
  };
