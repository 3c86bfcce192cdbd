/**
 * `vcycle run`: trains, and says at the end what came of it (`../run-report.ts`).
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { DEFAULT_CHECKPOINTS, run as runSchedule } from '../../runner/run.js';
import type { BackendChoice } from '../backends.js';
import { type CheckpointOptions, checkpointPolicy } from '../checkpoint-options.js';
import type { ExitCode } from '../exit.js';
import { loadData } from '../load-data.js';
import { loadPipeline } from '../load-pipeline.js';
import type { PipelineOptions } from '../pipeline-options.js';
import { say } from '../print.js';
import { runFolder } from '../run-folder.js';
import { trainAndReport } from '../run-report.js';
import { namingFlags } from '../text-pipeline.js';
import { uncheckedTypes } from '../unchecked-types.js';

export interface RunOptions extends PipelineOptions, BackendChoice, CheckpointOptions {
  readonly out?: string;
  readonly json: boolean;
}

export const run = (pipeline: string, options: RunOptions): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    TE.Do,
    TE.bind('named', () => loadPipeline(pipeline, options)),
    TE.bind('dataset', ({ named: { schedule, json } }) => loadData(schedule, json)),
    TE.flatMap(({ named: { name, schedule }, dataset }) =>
      trainAndReport({ schedule, dataset }, options, (attended) =>
        runSchedule(schedule, dataset, {
          ...attended,
          planned: (plan) => {
            attended.planned(plan);
            const unchecked = uncheckedTypes([pipeline]);
            if (unchecked !== undefined) say(unchecked);
          },
          folder: runFolder(name, options.out, new Date()),
          checkpoints: checkpointPolicy(options, DEFAULT_CHECKPOINTS),
        }),
      ),
    ),
    namingFlags(options),
  );
