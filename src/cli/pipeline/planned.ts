/** Pipelines with their plans on a backend, for the commands that show what a pipeline will do. */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { PlannedCapabilities } from '../../backend.js';
import type { Fault } from '../../fault.js';
import type { SizedModel } from '../../model/family.js';
import { planSchedule, sizedModel, type TracedPlan, type Wanted } from '../../plan/plan-schedule.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import { initialFits, loadPipeline, type NamedPipeline, ofPipeline, TEXT_NAME } from './load-pipeline.js';
import { vocabulariesOf, type vocabularyOf } from './vocabulary.js';

export interface Planned {
  readonly capabilities: PlannedCapabilities;
  readonly plan: TracedPlan;
  readonly model: SizedModel;
  readonly named: NamedPipeline;
}

/** What all pipelines of a command are planned with. */
interface Planning {
  readonly options: PipelineOptions;
  readonly capabilities: PlannedCapabilities;
  readonly wanted: Wanted | undefined;
  readonly vocabularyOf: typeof vocabularyOf;
}

const planned =
  (pipeline: string, { options, capabilities, wanted, vocabularyOf }: Planning): TE.TaskEither<Fault, Planned> =>
  async () => {
    const named = await loadPipeline(pipeline, options)();
    if (E.isLeft(named)) return named;
    const { schedule } = named.right;
    const vocabulary = await vocabularyOf(named.right)();
    if (E.isLeft(vocabulary)) return vocabulary;
    const model = sizedModel(schedule, vocabulary.right);
    if (E.isLeft(model)) return model;
    const fits = initialFits(named.right, vocabulary.right);
    if (E.isLeft(fits)) return fits;
    const plan = planSchedule(schedule, { vocabulary: vocabulary.right, capabilities }, wanted);
    if (E.isLeft(plan)) return plan;
    return E.right({ named: named.right, model: model.right, plan: plan.right, capabilities });
  };

/** All of them. Left: the first that is wrong, which is named. */
export const plannedPipelines = (
  pipelines: readonly string[],
  options: PipelineOptions,
  capabilities: PlannedCapabilities,
  wanted?: Wanted,
): TE.TaskEither<Fault, readonly Planned[]> => {
  const planning: Planning = { options, capabilities, wanted, vocabularyOf: vocabulariesOf() };
  return TE.traverseSeqArrayWithIndex((index, pipeline: string) => TE.mapLeft(ofPipeline(pipelines, index))(planned(pipeline, planning)))(
    pipelines,
  );
};

/** Among several pipelines, a file has its name and a text its number. */
export const nameOf = ({ name }: NamedPipeline, index: number): string => (name === TEXT_NAME ? `(${index + 1})` : name);
