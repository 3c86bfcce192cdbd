/**
 * The jobs of a manifest, each on a backend of its own, over texts that are read once. Not here: doing a job (`src/sweep`), who asks for it.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../../data/dataset.js';
import type { Fault } from '../../fault.js';
import { type CarriedOut, type CarryOutOptions, carryOut } from '../../sweep/carry-out.js';
import type { Job } from '../../sweep/job.js';
import { findJob, jobFolder, manifestAt } from '../../sweep/manifest.js';
import { withBackend } from '../backends/registry.js';
import { loadData } from '../pipeline/load-data.js';

export interface JobOptions {
  readonly threads?: number;
}

/** Does the job of an id. */
export type Jobs = (id: string, options: Pick<CarryOutOptions, 'listeners' | 'say' | 'signal'>) => TE.TaskEither<Fault, CarriedOut>;

/** @param path of the manifest. */
export const createJobs = (path: string, { threads }: JobOptions): Jobs => {
  const manifest = manifestAt(path);
  const datasets = new Map<string, Dataset>();
  const datasetOf = ({ schedule }: Job, say: (message: string) => void): TE.TaskEither<Fault, Dataset> => {
    const { data, model } = schedule.setup;
    const key = JSON.stringify([data, model.context]);
    const known = datasets.get(key);
    if (known !== undefined) return TE.right(known);
    return pipe(
      loadData(schedule, path, say),
      TE.tapIO((dataset) => () => {
        datasets.set(key, dataset);
      }),
    );
  };
  return (id, options) =>
    pipe(
      TE.fromEither(findJob(manifest, id)),
      TE.bindTo('job'),
      TE.bind('dataset', ({ job }) => datasetOf(job, options.say)),
      TE.flatMap(({ job, dataset }) =>
        withBackend({ backend: job.backend, allowCpu: job.allowCpu, ...(threads === undefined ? {} : { threads }) }, (backend) =>
          carryOut(job, { backend, dataset, folder: jobFolder(manifest, job), ...options }),
        ),
      ),
    );
};
