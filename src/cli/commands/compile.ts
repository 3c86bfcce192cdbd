/**
 * `vcycle compile`: what a pipeline means, at the stage of compilation that is asked for: the schedule as JSON, its stages' canonical text, or
 * the programs of each level that it trains on.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { sizedModel } from '../../plan/plan-schedule.js';
import { programKey, programOf, programsOfStep } from '../../plan/programs.js';
import { printProgram } from '../../program/printed-program.js';
import { canonicalJson } from '../../schedule/json/canonical.js';
import { print } from '../../schedule/text/index.js';
import { walk } from '../../schedule/walk/walk.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import { loadPipeline, type NamedPipeline } from '../pipeline/load-pipeline.js';
import { namingFlags } from '../pipeline/text-pipeline.js';
import { vocabularyOf } from '../pipeline/vocabulary.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { printData, safeJson } from '../process/print.js';

export interface CompileOptions extends PipelineOptions {
  readonly text: boolean;
  readonly programs: boolean;
}

/** The programs of a training step on each level that the schedule trains on, in the order of the first visit. */
const programsText = (named: NamedPipeline): TE.TaskEither<Fault, string> => {
  const { schedule } = named;
  return pipe(
    vocabularyOf(named),
    TE.chain((vocabulary) => TE.fromEither(sizedModel(schedule, vocabulary))),
    TE.map((model) => {
      const steps = new Map(
        walk(schedule)
          .filter(({ stage }) => stage.kind === 'train')
          .flatMap((visit) => programsOfStep(visit).map(([kind]) => [programKey(kind, visit), { kind, visit }] as const)),
      );
      return [...steps.values()].map(({ kind, visit }) => printProgram(programOf(kind, model, schedule.setup, visit))).join('\n');
    }),
  );
};

export const compile = (pipeline: string, options: CompileOptions): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    loadPipeline(pipeline, options),
    TE.chain((named) => {
      if (options.programs) return programsText(named);
      const { schedule } = named;
      return TE.fromEither(E.right(`${options.text ? print(schedule.stages) : safeJson(canonicalJson(schedule))}\n`));
    }),
    TE.map((shown) => {
      printData(shown);
      return EXIT.done;
    }),
    namingFlags(options),
  );
