/**
 * What a program calls: every function returns a `Result`, at once or as a promise, which a plain `if` can check; none throws what a program would
 * have to catch. What reads or computes is loaded when it is called, since a pipeline's file calls none of it. Not here: the work itself, which is in
 * the rooms below and uses fp-ts inside (docs/decisions/0018).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend } from './backend.js';
import { type Dataset, type TextDataset, type TextSplit, textDataset as textDatasetOf } from './data/dataset.js';
import type { DataDescription } from './data/sources/load-dataset.js';
import { inputFault } from './fault.js';
import type { Invalid } from './invalid.js';
import type { OpenBackend } from './open-backend.js';
import { isOptions } from './options.js';
import { planSchedule, type TracedPlan } from './plan/plan-schedule.js';
import { promiseOf, type Result, resultOf } from './result.js';
import type * as rules from './runner/run-rules.js';
import { planFaultOf } from './runner/run-rules.js';
import type { Sample } from './runner/sampler.js';
import type { RunSummary } from './runner/stage-machine.js';
import * as schema from './schedule/json/schema.js';
import type { Schedule, Stage } from './schedule/schedule.js';
import * as textForm from './schedule/text/index.js';
import * as verifier from './schedule/verify/verify.js';

/** Options with a backend from a `create…` function, or with one of the program's own that implements the contract. */
type On<Options extends { readonly backend: Backend }> = Omit<Options, 'backend' | 'initial'> & { readonly backend: OpenBackend | Backend };

export type RunOptions = On<rules.RunOptions>;
export type ResumeOptions = On<rules.ResumeOptions>;
export type SampleOptions = On<rules.SampleOptions>;

export interface PlanOptions {
  /** The backend on which the schedule would run: plans count what that one computes. */
  readonly backend: OpenBackend | Backend;
}

/** The contract that vcycle calls. Invalid options are passed on unchanged, to be refused there. */
const onContract = <Options>(options: Options): Options => {
  if (!isOptions(options)) return options;
  const { backend } = options;
  return isOptions(backend) && 'contract' in backend ? ({ ...(options as object), backend: backend.contract } as Options) : options;
};

/** Initial models of schedules are read from the program's disk. */
const withDisk = async <Options>(options: Options): Promise<Options> => {
  const { readPretrained } = await import('./runner/read-pretrained.js');
  return isOptions(options) ? ({ initial: readPretrained, ...(options as object) } as Options) : options;
};

/**
 * Checks a schedule: its shape, then its meaning.
 *
 * @param value the value of `pipeline`, or parsed JSON.
 * @example
 * verify(pipeline(setup, prolongate)) // fault: 'stage 1, prolongate: no finer level is open (was at level 0); put a restrict before it'
 */
export const verify = (value: unknown): Result<Schedule> => resultOf(verifier.verify(value));

/** Parsed JSON as a schedule, by its shape alone. */
export const decode = (value: unknown): Result<Schedule> => resultOf(schema.decode(value));

/** Parses the text form. Its numbers may be names, which `bind` replaces. */
export const parse = (source: string): Result<textForm.OpenStages> => resultOf(textForm.parse(source));

/** Replaces the names in stages by numbers. Fault: a name without a number, or a number whose name does not occur. */
export const bind = (stages: textForm.OpenStages, bindings: textForm.Bindings): Result<readonly Stage[]> =>
  resultOf(textForm.bind(stages, bindings));

/**
 * The data that a setup describes. Fault: a corpus that cannot be read, or that is too short for the context.
 *
 * @example
 * const data = await loadDataset(setup.data, { context: setup.model.context });
 * if (!data.ok) console.error(data.fault.message);
 */
export const loadDataset = (data: DataDescription, options: { readonly context: number }): Promise<Result<Dataset>> =>
  promiseOf(async () => (await import('./data/sources/load-dataset.js')).loadDataset(data, options)());

/**
 * The data of a schedule, those of stages that have their own included. Fault: what is wrong with the schedule, or as for `loadDataset`.
 *
 * @example
 * const data = await loadData(schedule);
 */
export const loadData = (given: Schedule | Invalid): Promise<Result<Dataset>> =>
  promiseOf(async () => {
    const schedule = verifier.verify(given);
    if (E.isLeft(schedule)) return schedule;
    const { context } = schedule.right.setup.model;
    const [{ withStageData }, { loadDataset }] = await Promise.all([
      import('./runner/state/stage-data.js'),
      import('./data/sources/load-dataset.js'),
    ]);
    return withStageData(schedule.right, [], (source) => loadDataset(source, { context }));
  });

/** A text as a dataset of its characters. Fault: a side of the split that is shorter than one sequence and its last target. */
export const textDataset = (text: string, split: TextSplit): Result<TextDataset> => resultOf(textDatasetOf(text, split));

/**
 * What a schedule costs, stage by stage, before anything runs.
 *
 * @param given the value of `pipeline`; verified here.
 * @returns fault: what is wrong with it, or why it does not fit the backend or the data.
 * @example
 * const planned = plan(schedule, data, { backend });
 * if (planned.ok) console.log(planned.value.steps, planned.value.total.matmul, planned.value.saving);
 */
export const plan = (given: Schedule | Invalid, data: Dataset, options: PlanOptions): Result<TracedPlan> => {
  const wrong = planFaultOf(data, onContract(options));
  if (wrong !== undefined) return { ok: false, fault: inputFault(wrong) };
  const { capabilities } = options.backend;
  return resultOf(planSchedule(given, { vocabulary: data.vocabulary, capabilities }));
};

/**
 * Runs a schedule from its beginning.
 *
 * @param given the value of `pipeline`; verified here.
 * @returns a summary, also of a run that was stopped, diverged or failed half-way: its `outcome` says so, and its folder contains what it had. Fault:
 * the run could not begin.
 * @example
 * const result = await run(schedule, data, { backend, folder: onDisk('runs/first') });
 * if (!result.ok) console.error(result.fault.message);
 * else console.log(result.value.outcome.kind);
 */
export const run = (given: Schedule | Invalid, data: Dataset, options: RunOptions): Promise<Result<RunSummary>> =>
  promiseOf(async () => {
    const { run } = await import('./runner/run.js');
    return run(given, data, (await withDisk(onContract(options))) as rules.RunOptions)();
  });

/**
 * Continues the run in `options.folder`, to the same bits as an uninterrupted one.
 *
 * @returns as for `run`. Fault also where the run has finished or diverged, is being written, or is not the same run (its schedule or its text has
 * changed).
 */
export const resume = (data: Dataset, options: ResumeOptions): Promise<Result<RunSummary>> =>
  promiseOf(async () => {
    const { resume } = await import('./runner/resume.js');
    return resume(data, (await withDisk(onContract(options))) as rules.ResumeOptions)();
  });

/** The continuation of a prompt by the model in `options.folder`. Fault: no model there, or one that has no text to sample. */
export const sample = (options: SampleOptions): Promise<Result<Sample>> =>
  promiseOf(async () => (await import('./runner/sample.js')).sample(onContract(options) as rules.SampleOptions)());
