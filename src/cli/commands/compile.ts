/**
 * `vcycle compile`: what a pipeline means at the requested stage of compilation: the schedule as JSON, the canonical text of its stages, or the
 * programs of each level that it trains on.
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { sizedModel } from '../../plan/plan-schedule.js';
import { programKey, programOf } from '../../plan/programs.js';
import { stepWork } from '../../plan/work.js';
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
const programsText = async (named: NamedPipeline): Promise<E.Either<Fault, string>> => {
  const { schedule } = named;
  const vocabulary = await vocabularyOf(named)();
  if (E.isLeft(vocabulary)) return vocabulary;
  const model = sizedModel(schedule, vocabulary.right);
  if (E.isLeft(model)) return model;
  const steps = new Map(
    walk(schedule)
      .filter(({ stage }) => stage.kind === 'train')
      .flatMap((visit) => stepWork(visit).map(({ program, at }) => [programKey(program, at), { program, at }] as const)),
  );
  return E.right(
    [...steps.values()].map(({ program, at }) => printProgram(programOf(program, model.right, schedule.setup, at))).join('\n'),
  );
};

const shownBy = async (named: NamedPipeline, { programs, text }: CompileOptions): Promise<E.Either<Fault, string>> =>
  programs ? programsText(named) : E.right(`${text ? print(named.schedule.stages) : safeJson(canonicalJson(named.schedule))}\n`);

export const compile = (pipeline: string, options: CompileOptions): TE.TaskEither<Fault, ExitCode> =>
  namingFlags(options)(async () => {
    const named = await loadPipeline(pipeline, options)();
    if (E.isLeft(named)) return named;
    const shown = await shownBy(named.right, options);
    if (E.isLeft(shown)) return shown;
    printData(shown.right);
    return E.right(EXIT.done);
  });
