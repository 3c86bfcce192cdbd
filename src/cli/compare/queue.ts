/** The queue that does a comparison's jobs if `--on` names one, made from the options that belong to it. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { given } from '../../options.js';
import { slurm } from '../../slurm/slurm.js';
import type { Queue } from '../../sweep/queued-sweep.js';
import { backendTable } from '../backends/registry.js';
import type { SweepOptions } from '../options/compare-options.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** Options that have no meaning without `--on`. */
const GOES_WITH_ON = {
  partition: '--partition',
  time: '--time',
  gpus: '--gpus',
  atMost: '--at-most',
  sbatch: '--sbatch',
  wait: '--wait',
} as const satisfies Partial<Record<keyof SweepOptions, string>>;

const isQueueOption = (name: string): name is keyof typeof GOES_WITH_ON => name in GOES_WITH_ON;

/** One thread on a CPU, as for workers on this machine, so that a job gives the same bits wherever it runs. */
const threadsOf = ({ backend, threads }: SweepOptions): number | undefined =>
  threads ?? (backendTable.get(backend)?.sideBySide === true ? 1 : undefined);

/**
 * Right: undefined if workers on this machine do the jobs.
 *
 * @param states the folder in which jobs keep states for one another; absent if they keep none.
 */
export const queueOf = (options: SweepOptions, states: string | undefined): E.Either<Fault, Queue | undefined> => {
  const { on, partition, time, gpus, atMost, sbatch = [], wait = false, workers } = options;
  if (on === undefined) {
    const stray = Object.keys(given(options)).find(isQueueOption);
    return stray === undefined
      ? E.right(undefined)
      : E.left(inputFault(`${GOES_WITH_ON[stray]} goes with --on slurm; add that, or leave ${GOES_WITH_ON[stray]} out`));
  }
  if (workers !== undefined)
    return E.left(inputFault(`--workers is for workers on this machine (was ${workers}); with --on slurm say --at-most`));
  const threads = threadsOf(options);
  const { keepStates } = options;
  const kept =
    states === undefined ? [] : ['--states', resolve(states), ...(keepStates === undefined ? [] : ['--keep-states', String(keepStates)])];
  return E.right({
    slurm: slurm(),
    options: { ...given({ partition, time, gpus, atMost, processors: threads }), others: sbatch },
    wait,
    command: (manifest) => [process.execPath, MAIN, 'job', manifest],
    after: ['--go-on', ...(threads === undefined ? [] : ['--threads', String(threads)]), ...kept],
  });
};
