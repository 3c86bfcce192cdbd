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
import { withBackend } from '../backends/registry.js';
import type { StateOptions } from '../options/state-options.js';
import { statesFor } from '../options/states-place.js';
import { loadData } from '../pipeline/load-data.js';
import { choiceOfJob } from './job-choice.js';

export interface JobOptions extends StateOptions {
  readonly threads?: number;
}

/** Does the job with that id. */
export type Jobs = (id: string, options: Pick<CarryOutOptions, 'listeners' | 'say' | 'signal'>) => TE.TaskEither<Fault, CarriedOut>;

/** @param path the manifest's path. */
export const createJobs = (path: string, jobOptions: JobOptions): Jobs => {
  const { threads } = jobOptions;
  const manifest = manifestAt(path);
  const statesOf = (tell: (sentence: string) => void): Pick<CarryOutOptions, 'states'> =>
    jobOptions.states === undefined ? {} : { states: statesFor(jobOptions.states, jobOptions, true, tell) };
  const datasets = new Map<string, Dataset>();
  const datasetOf = async ({ schedule }: Job, say: (message: string) => void): Promise<E.Either<Fault, Dataset>> => {
    const { data, model } = schedule.setup;
    const key = JSON.stringify([data, model.context, stageSources(schedule)]);
    const known = datasets.get(key);
    if (known !== undefined) return E.right(known);
    const dataset = await loadData(schedule, path, say)();
    if (E.isRight(dataset)) datasets.set(key, dataset.right);
    return dataset;
  };
  return (id, options) => async () => {
    const found = findJob(manifest, id);
    if (E.isLeft(found)) return found;
    const job = found.right;
    const dataset = await datasetOf(job, options.say);
    if (E.isLeft(dataset)) return dataset;
    const choice = { ...choiceOfJob(job), ...given({ threads }) };
    return withBackend(choice, (backend) =>
      carryOut(job, { backend, dataset: dataset.right, folder: jobFolder(manifest, job), ...options, ...statesOf(options.say) }),
    )();
  };
};
