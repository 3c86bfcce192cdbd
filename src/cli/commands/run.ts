/**
 * `vcycle run`: trains, and reports the result at the end (`../run/run-report.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { onceForTwo } from '../../runner/initial-weights.js';
import { readPretrained } from '../../runner/read-pretrained.js';
import { run as runSchedule } from '../../runner/run.js';
import { DEFAULT_CHECKPOINTS } from '../../runner/run-rules.js';
import type { BackendChoice } from '../backends/registry.js';
import { type CheckpointOptions, checkpointPolicy } from '../options/checkpoint-options.js';
import type { NodeOptions } from '../options/node-options.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import type { ReuseOptions } from '../options/state-options.js';
import { keptStates } from '../options/states-place.js';
import { loadData } from '../pipeline/load-data.js';
import { loadPipeline } from '../pipeline/load-pipeline.js';
import { namingFlags } from '../pipeline/text-pipeline.js';
import { uncheckedTypes } from '../pipeline/unchecked-types.js';
import type { ExitCode } from '../process/exit.js';
import { say } from '../process/print.js';
import { onNodes } from '../run/on-nodes.js';
import { outFolder } from '../run/out-folder.js';
import { trainAndReport } from '../run/run-report.js';

export interface RunOptions extends PipelineOptions, BackendChoice, CheckpointOptions, NodeOptions, ReuseOptions {
  readonly out?: string;
  readonly json: boolean;
}

const train = (pipeline: string, options: RunOptions & BackendChoice): TE.TaskEither<Fault, ExitCode> =>
  namingFlags(options)(async () => {
    // The weights may be gigabytes, so they are read once: pinning the schedule passes them on to the run.
    const weights = onceForTwo(readPretrained);
    const states = keptStates(options);
    if (E.isLeft(states)) return states;
    const named = await loadPipeline(pipeline, options, weights)();
    if (E.isLeft(named)) return named;
    const { name, schedule, json } = named.right;
    const dataset = await loadData(schedule, json)();
    if (E.isLeft(dataset)) return dataset;
    const data = dataset.right;
    return trainAndReport({ schedule, dataset: data }, options, (controls) =>
      runSchedule(schedule, data, {
        ...controls,
        initial: weights,
        planned: (plan) => {
          controls.planned(plan);
          const unchecked = uncheckedTypes([pipeline]);
          if (unchecked !== undefined) say(unchecked);
        },
        folder: outFolder(name, options.out, new Date()),
        checkpoints: checkpointPolicy(options, DEFAULT_CHECKPOINTS),
        ...states.right,
      }),
    )();
  });

export const run = (pipeline: string, options: RunOptions): TE.TaskEither<Fault, ExitCode> =>
  onNodes(options, options, (place) => train(pipeline, { ...options, ...place }));
