/**
 * The jobs of a manifest: each has its own backend, and all share texts that are read once. Not here: doing a job (`src/sweep`), who asks for it.
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../../data/dataset.js';
import type { Fault } from '../../fault.js';
import { given } from '../../options.js';
import { stageSources } from '../../runner/state/stage-data.js';
import { type CarriedOut, type CarryOutOptions, carryOut } from '../../sweep/carry-out.js';
import type { Job } from '../../sweep/job.js';
import { findJob, jobFolder, manifestAt } from '../../sweep/manifest.js';
import { type HeadNotes, telling } from '../../sweep/shared-heads.js';
import { withBackend } from '../backends/registry.js';
import type { StateOptions } from '../options/state-options.js';
import { placeOfStates, statesFor } from '../options/states-place.js';
import { loadData } from '../pipeline/load-data.js';
import { choiceOfJob } from './job-choice.js';

export interface JobOptions extends StateOptions {
  readonly threads?: number;
}

export interface DoingOptions extends Pick<CarryOutOptions, 'listeners' | 'say' | 'signal'> {
  /** Receives what the job does about states that others may begin with. */
  readonly heads?: HeadNotes;
}

export interface Jobs {
  /** Does the job with that id. */
  does(id: string, options: DoingOptions): TE.TaskEither<Fault, CarriedOut>;
  /** Loads its text, and says nothing: whatever is wrong is told by the job. */
  prepare(id: string): Promise<void>;
}

/** @param path the manifest's path. */
export const createJobs = (path: string, jobOptions: JobOptions): Jobs => {
  const { threads } = jobOptions;
  const manifest = manifestAt(path);
  const statesOf = ({ say, heads }: DoingOptions): E.Either<Fault, Pick<CarryOutOptions, 'states'>> => {
    if (jobOptions.states === undefined) return E.right({});
    const states = statesFor(jobOptions.states, jobOptions, true, say);
    return E.map(() => ({ states: heads === undefined ? states : telling(states, heads) }))(placeOfStates(jobOptions.states));
  };
  const datasets = new Map<string, Promise<E.Either<Fault, Dataset>>>();
  const datasetOf = async ({ schedule }: Job, say: (message: string) => void): Promise<E.Either<Fault, Dataset>> => {
    const { data, model } = schedule.setup;
    const key = JSON.stringify([data, model.context, stageSources(schedule)]);
    const known = datasets.get(key);
    if (known !== undefined) return known;
    const loading = loadData(schedule, path, say)();
    datasets.set(key, loading);
    const dataset = await loading;
    if (E.isLeft(dataset)) datasets.delete(key);
    return dataset;
  };
  const prepare: Jobs['prepare'] = async (id) => {
    const found = findJob(manifest, id);
    if (E.isRight(found)) await datasetOf(found.right, () => undefined);
  };
  const does: Jobs['does'] = (id, options) => async () => {
    const found = findJob(manifest, id);
    if (E.isLeft(found)) return found;
    const job = found.right;
    const states = statesOf(options);
    if (E.isLeft(states)) return states;
    const dataset = await datasetOf(job, options.say);
    if (E.isLeft(dataset)) return dataset;
    const choice = { ...choiceOfJob(job), ...given({ threads }) };
    return withBackend(choice, (backend) =>
      carryOut(job, { backend, dataset: dataset.right, folder: jobFolder(manifest, job), ...options, ...states.right }),
    )();
  };
  return { does, prepare };
};
