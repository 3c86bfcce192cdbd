/**
 * `vcycle record PIPELINE`: runs a pipeline on PyTorch and stores every message to its worker in one file. The worker's `replay.py` repeats and times it
 * where there is only Python. No run folder is kept.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { REPLAY } from '../../../backends/torch/recording.js';
import { type Fault, inputFault, runFault } from '../../fault.js';
import { createProgress } from '../../report/run/progress.js';
import { bytes } from '../../report/table/format.js';
import { MemoryFolder } from '../../runner/folder/memory-folder.js';
import { onceForTwo } from '../../runner/initial-weights.js';
import { readPretrained } from '../../runner/read-pretrained.js';
import { run as runSchedule } from '../../runner/run.js';
import { visible } from '../../visible.js';
import { type BackendChoice, withBackend } from '../backends/registry.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import { loadData } from '../pipeline/load-data.js';
import { loadPipeline } from '../pipeline/load-pipeline.js';
import { namingFlags } from '../pipeline/text-pipeline.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { interruptible } from '../process/interrupt.js';
import { printText, say } from '../process/print.js';

export interface RecordOptions extends PipelineOptions, BackendChoice {
  readonly to: string;
}

/** No checkpoint before the last step: reading its tensors back is not part of a step. */
const RARELY = { every: Number.MAX_SAFE_INTEGER, keep: 1 };

const free = (file: string): E.Either<Fault, void> => {
  if (file === '') return E.left(inputFault('--to must name a file (was empty)'));
  if (existsSync(file)) return E.left(inputFault(`${file} already exists; name another file with --to`));
  return existsSync(dirname(file)) ? E.right(undefined) : E.left(inputFault(`--to ${file}: there is no folder ${dirname(file)}; make it`));
};

/** `vcycle record PIPELINE --to FILE`. */
export const record = (pipeline: string, { to, ...options }: RecordOptions): TE.TaskEither<Fault, ExitCode> =>
  namingFlags(options)(async () => {
    const place = free(to);
    if (E.isLeft(place)) return place;
    // The weights may be gigabytes, so they are read once: pinning the schedule passes them on to the run.
    const weights = onceForTwo(readPretrained);
    const named = await loadPipeline(pipeline, options, weights)();
    if (E.isLeft(named)) return named;
    const { schedule, json } = named.right;
    const dataset = await loadData(schedule, json)();
    if (E.isLeft(dataset)) return dataset;
    return interruptible(async (signal) => {
      const done = await withBackend({ ...options, record: to }, (backend) =>
        runSchedule(schedule, dataset.right, {
          backend,
          folder: new MemoryFolder(),
          listeners: [createProgress(process.stderr)],
          signal,
          initial: weights,
          checkpoints: RARELY,
        }),
      )();
      if (E.isLeft(done)) return done;
      const { outcome } = done.right;
      if (outcome.kind === 'failed' || outcome.kind === 'diverged') return E.left(runFault(outcome.message));
      printText(`${visible(to)}: ${bytes(statSync(to).size)}; repeat and time it with\n  python3 ${visible(REPLAY)} ${visible(to)}`);
      return E.right(outcome.kind === 'finished' ? EXIT.done : EXIT.failed);
    }, say);
  });
