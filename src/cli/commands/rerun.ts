/**
 * `vcycle rerun RUN --from STAGE`: a new run that begins with the first stages of another one, which are not trained again, and continues with other
 * stages. Not here: continuing a run that was ended (`resume.ts`).
 */
import { basename } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { Folder } from '../../files/folder.js';
import { given } from '../../options.js';
import type { Unfinished } from '../../runner/folder/run-folder.js';
import { readUnfinished } from '../../runner/folder/unfinished.js';
import { readPretrained } from '../../runner/read-pretrained.js';
import { run } from '../../runner/run.js';
import { DEFAULT_CHECKPOINTS } from '../../runner/run-rules.js';
import type { Schedule } from '../../schedule/schedule.js';
import { comparisonOver, jobIn } from '../../sweep/manifest.js';
import { type CheckpointOptions, checkpointPolicy } from '../options/checkpoint-options.js';
import type { Bindings } from '../options/pipeline-options.js';
import { RUN_STATES, SHARED_STATES, type StateOptions } from '../options/state-options.js';
import { placeOfStates, statesFor } from '../options/states-place.js';
import { type BackendOptions, choiceFor, dataOfRun } from '../pipeline/existing-run.js';
import { loadPipelineFile } from '../pipeline/load-pipeline.js';
import { beginsAlike, withTail } from '../pipeline/rerun-schedule.js';
import type { ExitCode } from '../process/exit.js';
import { complain } from '../process/print.js';
import { outFolder } from '../run/out-folder.js';
import { trainAndReport } from '../run/run-report.js';

export interface RerunOptions extends BackendOptions, CheckpointOptions, StateOptions {
  /** The first stage that is new (1, 2, …). */
  readonly from: number;
  readonly tail?: string;
  readonly set: Bindings;
  readonly pipeline?: string;
  readonly out?: string;
  readonly json: boolean;
}

/** The schedule of the new run. */
const scheduleOf = async (
  { schedule, started }: Unfinished,
  { from, tail, set, pipeline }: RerunOptions,
): Promise<E.Either<Fault, Schedule>> => {
  if (pipeline === undefined) return withTail(schedule, { from, set, ...given({ text: tail, named: started?.named }) });
  if (Object.keys(set).length > 0)
    return E.left(inputFault('--set goes without --pipeline: a pipeline file has its own numbers; change them there'));
  const named = await loadPipelineFile(pipeline)();
  if (E.isLeft(named)) return named;
  const alike = beginsAlike(schedule, named.right.schedule, from);
  return E.isLeft(alike) ? alike : E.right(named.right.schedule);
};

/** Where the run's states are, if nobody says otherwise: those of a comparison's or a search's job are in its folder. */
const statesOf = (folder: string): string => {
  const run = Folder.at(folder);
  const sweep = jobIn(run) === undefined ? undefined : comparisonOver(run);
  return sweep?.pathOf(SHARED_STATES) ?? RUN_STATES;
};

export const rerun =
  (folder: string, options: RerunOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const old = readUnfinished(Folder.at(folder));
    if (E.isLeft(old)) return old;
    const schedule = await scheduleOf(old.right, options);
    if (E.isLeft(schedule)) return schedule;
    const dataset = await dataOfRun({ folder, schedule: schedule.right });
    if (E.isLeft(dataset)) return dataset;
    const choice = choiceFor(old.right, options);
    const { states: place = statesOf(folder) } = options;
    const fits = placeOfStates(place);
    if (E.isLeft(fits)) return fits;
    const states = statesFor(place, options, true, complain, options.from - 1);
    return trainAndReport({ schedule: schedule.right, dataset: dataset.right }, { ...choice, json: options.json }, (controls) =>
      run(schedule.right, dataset.right, {
        ...controls,
        states,
        initial: readPretrained,
        folder: outFolder(`${basename(folder)}-from-${options.from}`, options.out, new Date()),
        checkpoints: checkpointPolicy(options, old.right.started?.checkpoints ?? DEFAULT_CHECKPOINTS),
      }),
    )();
  };
