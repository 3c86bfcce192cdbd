/**
 * The jobs of a manifest, each on a backend of its own, over texts that are read once. Not here: doing a job (`src/sweep`), who asks for it.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../data/dataset.js';
import { loadDataset } from '../data/load-dataset.js';
import { type Fault, inputFault } from '../fault.js';
import type { Setup } from '../schedule/schedule.js';
import { type CarryOutOptions, carryOut } from '../sweep/carry-out.js';
import type { Job } from '../sweep/job.js';
import { jobFolder, readManifest } from '../sweep/manifest.js';
import { withBackend } from './backends.js';

export interface JobOptions {
  readonly threads?: number;
}

/** How the job's run ended; `done` where there was nothing to do. */
export type JobEnd = ReturnType<typeof carryOut> extends TE.TaskEither<Fault, infer End> ? End : never;

/** Does the job of an id. */
export type Jobs = (id: string, options: Pick<CarryOutOptions, 'listeners' | 'signal'>) => TE.TaskEither<Fault, JobEnd>;

const find = (manifest: string, id: string): TE.TaskEither<Fault, Job> =>
  pipe(
    TE.fromEither(readManifest(manifest)),
    TE.flatMap((jobs) =>
      TE.fromNullable(inputFault(`${manifest}: there is no job "${id}" among its ${jobs.length}; name the id of one of its lines`))(
        jobs.find((known) => known.id === id),
      ),
    ),
  );

export const createJobs = (manifest: string, { threads }: JobOptions): Jobs => {
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
      find(manifest, id),
      TE.bindTo('job'),
      TE.bind('dataset', ({ job }) => datasetOf(job.schedule.setup)),
      TE.flatMap(({ job, dataset }) =>
        withBackend({ backend: job.backend, allowCpu: job.allowCpu, ...(threads === undefined ? {} : { threads }) }, (backend) =>
          carryOut(job, { backend, dataset, folder: jobFolder(manifest, job), ...options }),
        ),
      ),
    );
};
