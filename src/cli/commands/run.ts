/**
 * `vcycle run`: trains, and says at the end what came of it (`../run/run-report.ts`).
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { run as runSchedule } from '../../runner/run.js';
import { DEFAULT_CHECKPOINTS } from '../../runner/run-rules.js';
import type { BackendChoice } from '../backends/registry.js';
import { type CheckpointOptions, checkpointPolicy } from '../options/checkpoint-options.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import { loadData } from '../pipeline/load-data.js';
import { loadPipeline } from '../pipeline/load-pipeline.js';
import { namingFlags } from '../pipeline/text-pipeline.js';
import { uncheckedTypes } from '../pipeline/unchecked-types.js';
import type { ExitCode } from '../process/exit.js';
import { say } from '../process/print.js';
import { runFolder } from '../run/out-folder.js';
import { trainAndReport } from '../run/run-report.js';

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
