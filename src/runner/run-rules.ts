/** The options of the runner's functions, as types, and as rules for programs without a type check. Not here: the functions. */
import type { Backend } from '../backend.js';
import { aFunction, aSignal, aText, having, integerFrom, optional, type Rule, type Rules, rulesFault } from '../option-rules.js';
import { isOptions } from '../options.js';
import type { TracedPlan } from '../plan/plan-schedule.js';
import type { Schedule } from '../schedule/schedule.js';
import { shownValue } from '../shown-value.js';
import type { CheckpointPolicy, RunEvent } from './events/events.js';
import type { LastingPlace, RunPlace } from './folder/run-folder.js';
import type { PretrainedReader } from './initial-weights.js';
import type { SamplerOptions } from './sampler.js';
import type { KeptStates } from './state/kept-states.js';

export interface RunOptions {
  readonly backend: Backend;
  /** Made by the run; must not hold a run already. (`onDisk`, a `MemoryFolder`.) */
  readonly folder: RunPlace;
  /** Each receives every event. */
  readonly listeners?: readonly ((event: RunEvent) => void)[];
  /** When aborted, the run finishes the present step and stops with what it has. */
  readonly signal?: AbortSignal;
  /** Receives the plan before anything in it takes memory. */
  readonly planned?: (plan: TracedPlan) => void;
  /** Reads the initial model of a schedule; without it a schedule that names one is refused. */
  readonly initial?: PretrainedReader;
  /** Where states after stages are kept for other runs, and are taken from. */
  readonly states?: KeptStates;
  /** Default: every 100 steps, the two newest. */
  readonly checkpoints?: CheckpointPolicy;
}

export const DEFAULT_CHECKPOINTS: CheckpointPolicy = { every: 100, keep: 2 };

export interface ResumeOptions extends Omit<RunOptions, 'folder'> {
  /** Where the run is (`onDisk`). */
  readonly folder: LastingPlace;
  /** The schedule that the caller expects the run to have: any other is refused, with the difference. */
  readonly schedule?: Schedule;
}

export interface SampleOptions extends SamplerOptions {
  /** A run folder, a model folder, or a model file. */
  readonly folder: string;
}

const aBackend: Rule = having('a backend, which await createOnnxCpu() gives as its value', 'compile', 'upload', 'download');

const checkpointRules: Rules<CheckpointPolicy> = { every: integerFrom(1), keep: integerFrom(1) };

const checkpoints: Rule = {
  must: 'an object of integers >= 1, such as { every: 100, keep: 2 }',
  holds: (value) => rulesFault('checkpoints', checkpointRules, value) === undefined,
};

const listeners: Rule = {
  must: 'a list of functions, such as [console.log]',
  holds: (value) => Array.isArray(value) && value.every((each) => typeof each === 'function'),
};

const controlRules = {
  backend: aBackend,
  listeners: optional(listeners),
  signal: optional(aSignal),
  planned: optional(aFunction),
  initial: optional(aFunction),
  states: optional(having('a place for states', 'find', 'keep', 'tell')),
  checkpoints: optional(checkpoints),
};

const runRules: Rules<RunOptions> = { ...controlRules, folder: having("a place, such as onDisk('runs/first')", 'isFree', 'create') };

const aSchedule: Rule = { must: 'a schedule, such as pipeline gives', holds: isOptions };

const resumeRules: Rules<ResumeOptions> = {
  ...controlRules,
  folder: having("a place, such as onDisk('runs/first')", 'unfinished', 'reopen'),
  schedule: optional(aSchedule),
};

const sampleRules: Rules<SampleOptions> = {
  folder: aText,
  backend: aBackend,
  prompt: optional(aText),
  tokens: integerFrom(0),
  temperature: { must: 'a number >= 0', holds: (value) => typeof value === 'number' && value >= 0 && Number.isFinite(value) },
  topK: integerFrom(0),
  topP: optional({ must: 'a number > 0 and <= 1', holds: (value) => typeof value === 'number' && value > 0 && value <= 1 }),
  stop: optional({ must: 'a text that is not empty', holds: (value) => typeof value === 'string' && value !== '' }),
  seed: integerFrom(0),
  signal: optional(aSignal),
};

const isDataset = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && 'vocabulary' in value && typeof value.vocabulary === 'number';

const datasetFault = (of: string, dataset: unknown): string | undefined =>
  isDataset(dataset)
    ? undefined
    : `${of}: the data must be a dataset, which await loadDataset(…) gives as its value (was ${shownValue(dataset)})`;

export const runFaultOf = (dataset: unknown, options: unknown): string | undefined =>
  datasetFault('run', dataset) ?? rulesFault('run', runRules, options);

export const resumeFaultOf = (dataset: unknown, options: unknown): string | undefined =>
  datasetFault('resume', dataset) ?? rulesFault('resume', resumeRules, options);

export const planFaultOf = (dataset: unknown, options: unknown): string | undefined =>
  datasetFault('plan', dataset) ?? rulesFault('plan', { backend: aBackend }, options);

export const sampleFaultOf = (options: unknown): string | undefined => rulesFault('sample', sampleRules, options);
