/**
 * The jobs of a manifest, each on a backend of its own, over texts that are read once. Not here: doing a job (`src/sweep`), who asks for it.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../data/dataset.js';
import { loadDataset } from '../data/load-dataset.js';
import type { Fault } from '../fault.js';
import type { Setup } from '../schedule/schedule.js';
import { type CarriedOut, type CarryOutOptions, carryOut } from '../sweep/carry-out.js';
import { findJob, jobFolder, manifestAt } from '../sweep/manifest.js';
import { withBackend } from './backends.js';

export interface JobOptions {
  readonly threads?: number;
}

/** Does the job of an id. */
export type Jobs = (id: string, options: Pick<CarryOutOptions, 'listeners' | 'say' | 'signal'>) => TE.TaskEither<Fault, CarriedOut>;

/** @param path of the manifest. */
export const createJobs = (path: string, { threads }: JobOptions): Jobs => {
  const manifest = manifestAt(path);
  const datasets = new Map<string, Dataset>();
  const datasetOf = ({ data, model: { context } }: Setup): TE.TaskEither<Fault, Dataset> => {
    const key = JSON.stringify([data, context]);
    const known = datasets.get(key);
    if (known !== undefined) return TE.right(known);
    return pipe(
      loadDataset(data, { context }),
      TE.tapIO((dataset) => () => {
        datasets.set(key, dataset);
      }),
    );
  };
  return (id, options) =>
    pipe(
      TE.fromEither(findJob(manifest, id)),
      TE.bindTo('job'),
      TE.bind('dataset', ({ job }) => datasetOf(job.schedule.setup)),
      TE.flatMap(({ job, dataset }) =>
        withBackend({ backend: job.backend, allowCpu: job.allowCpu, ...(threads === undefined ? {} : { threads }) }, (backend) =>
          carryOut(job, { backend, dataset, folder: jobFolder(manifest, job), ...options }),
        ),
      ),
    );
};
