/**
 * The PIPELINE argument and the options that complete a pipeline in text form, shared by `plan`, `compile` and `run`.
 * Defaults are those of the DSL's builders, so there are none here. Not here: the options' names (`text-flags.ts`), making a schedule of them
 * (`../pipeline/text-pipeline.ts`).
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Model, Recompute } from '../../schedule/schedule.js';
import { anyNumber } from './argument-numbers.js';
import { mayBeRepeated } from './given-once.js';
import { nameFlags, numberFlags, wordFlags } from './text-flags.js';

/** Values of free names, by name. */
export type Bindings = Readonly<Record<string, number>>;

/** Options of the text form; undefined if not given. */
export interface PipelineOptions {
  readonly model?: Model['kind'];
  readonly layers?: number;
  readonly heads?: number;
  readonly width?: number;
  readonly context?: number;
  readonly vocabulary?: number;
  /** False after `--no-bias`; true otherwise. */
  readonly bias: boolean;
  readonly data?: string;
  readonly tokenizer?: string;
  readonly textField?: string;
  readonly documents?: 'joined' | 'separate';
  readonly initial?: string;
  readonly gelu?: 'exact' | 'tanh';
  readonly parametrisation?: 'standard' | 'completeP';
  readonly baseLayers?: number;
  readonly baseWidth?: number;
  readonly keyValueHeads?: number;
  readonly hidden?: number;
  readonly theta?: number;
  readonly normEpsilon?: number;
  readonly untied?: true;
  readonly queryKeyNorm?: true;
  readonly heldOut?: number;
  readonly batch?: number;
  readonly accumulate?: number;
  readonly recompute?: Recompute;
  readonly optimizer?: 'adamw' | 'muon' | 'sgd';
  readonly learningRate?: number;
  readonly learningRateShape?: 'constant' | 'cosine' | 'wsd';
  readonly floor?: number;
  readonly warmup?: number;
  readonly rewarm?: number;
  readonly clock?: 'global' | 'stage';
  readonly clip?: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly shapeFactor?: 'match-rms-adamw' | 'original';
  readonly restRate?: number;
  readonly spikeFactor?: number;
  readonly spikeWindow?: number;
  readonly spikeBack?: number;
  readonly seed?: number;
  readonly evaluateEvery?: number;
  readonly evaluationBatches?: number;
  readonly set: Bindings;
}

const bind = (text: string, bound: Bindings): Bindings => {
  const [, name, value] = /^([^\s=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=NUMBER.');
  if (Object.hasOwn(bound, name)) throw new InvalidArgumentError(`${name} is bound already; bind it once.`);
  return { ...bound, [name]: anyNumber(value) };
};

export const PIPELINE_HELP = `
PIPELINE is a .ts or .js file with a default export, a schedule as .json, the
folder of a run, or the text form:
  $ vcycle plan --layers 8 --width 128 --heads 4 --context 64 --vocabulary 65 \\
      --batch 12 'restrict(even) >> train(10) >> prolongate >> train(5)'
Options for model, data and optimizer belong to the text form; files have their
own. The types of a .ts file are not checked: \`vcycle check FILE\` checks them.`;

/** Adds the argument (`<pipelines...>` for any number of pipelines) and the options to a command. */
export const addPipelineOptions = (command: Command, argument: '<pipeline>' | '<pipelines...>' = '<pipeline>'): Command => {
  command.argument(argument, 'a file, or stages such as "restrict(even) >> train(10) >> prolongate"');
  const group = (option: Option): Option => option.helpGroup('Text form:');
  for (const { flags, describe } of numberFlags) command.addOption(group(new Option(flags, describe).argParser(anyNumber)));
  for (const { flags, describe, choices } of wordFlags) command.addOption(group(new Option(flags, describe).choices(choices)));
  command.addOption(group(new Option('--no-bias', 'no biases in a gpt')));
  command.addOption(group(new Option('--untied', 'a llama whose head is not the token embedding')));
  command.addOption(group(new Option('--query-key-norm', 'a llama whose queries and keys are normalised in each head')));
  for (const { flags, describe } of nameFlags) command.addOption(group(new Option(flags, describe)));
  return command.addOption(group(setOption()));
};

/** `--set`, for the commands that read stages as text. */
export const setOption = (): Option =>
  mayBeRepeated(new Option('--set <name=number>', 'value of a free name; may be repeated').argParser(bind).default({}, 'none'));
