/** What the runner's functions must be given, for programs that nothing type-checks. Not here: the functions. */
import { aFunction, aSignal, aText, having, integerFrom, optional, type Rule, type Rules, rulesFault } from '../option-rules.js';
import { isOptions } from '../options.js';
import { shownValue } from '../shown-value.js';
import type { CheckpointPolicy } from './events.js';
import type { ResumeOptions } from './resume.js';
import type { RunOptions } from './run.js';
import type { SampleOptions } from './sample.js';

const aBackend: Rule = having('a backend, which await createOnnxCpu()() gives in its right', 'compile', 'upload', 'download');

const checkpointRules: Rules<CheckpointPolicy> = { every: integerFrom(1), keep: integerFrom(1) };

const checkpoints: Rule = {
  must: 'an object of integers >= 1, such as { every: 100, keep: 2 }',
  holds: (value) => rulesFault('checkpoints', checkpointRules, value) === undefined,
};

const listeners: Rule = {
  must: 'a list of functions, such as [console.log]',
  holds: (value) => Array.isArray(value) && value.every((each) => typeof each === 'function'),
};

const attended = {
  backend: aBackend,
  listeners,
  signal: optional(aSignal),
  planned: optional(aFunction),
  checkpoints: optional(checkpoints),
};

const runRules: Rules<RunOptions> = { ...attended, folder: having("a place, such as onDisk('runs/first')", 'isFree', 'create') };

const aSchedule: Rule = { must: 'a schedule, such as pipeline gives', holds: isOptions };

const resumeRules: Rules<ResumeOptions> = {
  ...attended,
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
  seed: integerFrom(0),
  signal: optional(aSignal),
};

const isDataset = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && 'vocabulary' in value && typeof value.vocabulary === 'number';

const datasetFault = (of: string, dataset: unknown): string | undefined =>
  isDataset(dataset)
    ? undefined
    : `${of}: the data must be a dataset, which await loadDataset(…)() gives in its right (was ${shownValue(dataset)})`;

export const runFaultOf = (dataset: unknown, options: unknown): string | undefined =>
  datasetFault('run', dataset) ?? rulesFault('run', runRules, options);

export const resumeFaultOf = (dataset: unknown, options: unknown): string | undefined =>
  datasetFault('resume', dataset) ?? rulesFault('resume', resumeRules, options);

export const sampleFaultOf = (options: unknown): string | undefined => rulesFault('sample', sampleRules, options);
