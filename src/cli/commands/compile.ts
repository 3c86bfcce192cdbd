/**
 * `vcycle compile`: the schedule that a pipeline means, as JSON or as its stages' canonical text.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { canonicalJson } from '../../schedule/json.js';
import { print } from '../../schedule/text/index.js';
import { EXIT, type ExitCode } from '../exit.js';
import { loadPipeline } from '../load-pipeline.js';
import type { PipelineOptions } from '../pipeline-options.js';

export const compile = (pipeline: string, options: PipelineOptions & { readonly text: boolean }): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    loadPipeline(pipeline, options),
    TE.map(({ schedule }) => {
      process.stdout.write(`${options.text ? print(schedule.stages) : canonicalJson(schedule)}\n`);
      return EXIT.done;
    }),
  );
