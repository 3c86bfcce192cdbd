/**
 * The PIPELINE argument and the options that complete a pipeline in text form, shared by `plan`, `compile` and `run`.
 * Defaults are those of the DSL's builders, so none stands here. Not here: making a schedule of them (`text-pipeline.ts`).
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { anyNumber } from './numbers.js';

/** Values of free names, by name. */
export type Bindings = Readonly<Record<string, number>>;

/** Options of the text form; one left out is undefined. */
export interface PipelineOptions {
  readonly layers?: number;
  readonly heads?: number;
  readonly width?: number;
  readonly context?: number;
  readonly vocabulary?: number;
  /** False after `--no-bias`; true otherwise. */
  readonly bias: boolean;
  readonly data?: string;
  readonly heldOut?: number;
  readonly batch?: number;
  readonly optimizer?: 'adamw' | 'sgd';
  readonly learningRate?: number;
  readonly learningRateShape?: 'constant' | 'cosine' | 'wsd';
  readonly floor?: number;
  readonly warmup?: number;
  readonly rewarm?: number;
  readonly clock?: 'global' | 'stage';
  readonly clip?: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly seed?: number;
  readonly evaluateEvery?: number;
  readonly evaluationBatches?: number;
  readonly set: Bindings;
}

const bind = (text: string, bound: Bindings): Bindings => {
  const [, name, value] = /^([^\s=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=NUMBER.');
  if (Object.hasOwn(bound, name)) throw new InvalidArgumentError(`${name} is bound already.`);
  return { ...bound, [name]: anyNumber(value) };
};

const numbers: readonly (readonly [flags: string, description: string])[] = [
  ['--layers <n>', 'depth of level 0'],
  ['--width <n>', 'width of the residual stream'],
  ['--heads <n>', 'attention heads'],
  ['--context <n>', 'tokens in a sequence'],
  ['--vocabulary <n>', 'tokens in the vocabulary; not needed with --data'],
  ['--batch <n>', 'sequences in a training step'],
  ['--held-out <share>', "share of the text's end kept for validation"],
  ['--learning-rate <peak>', 'peak learning rate'],
  ['--floor <rate>', 'where a cosine or wsd learning rate ends'],
  ['--warmup <steps>', 'steps of linear warm-up'],
  ['--rewarm <steps>', 'steps of linear warm-up after each transfer'],
  ['--clip <norm>', 'largest global norm of the gradient; 0 leaves it as it is'],
  ['--weight-decay <share>', 'decoupled decay of matrices'],
  ['--momentum <share>', 'momentum of sgd'],
  ['--seed <n>', 'seed of weights and batches'],
  ['--evaluate-every <steps>', 'steps between evaluations; 0 evaluates at the end of each training stage only'],
  ['--evaluation-batches <n>', 'batches in one evaluation'],
];

const words: readonly (readonly [flags: string, description: string, choices: readonly string[]])[] = [
  ['--optimizer <name>', 'update rule', ['adamw', 'sgd']],
  ['--learning-rate-shape <name>', 'learning rate over time', ['constant', 'cosine', 'wsd']],
  ['--clock <name>', "step counter of the learning rate: the run's or the training stage's", ['global', 'stage']],
];

export const PIPELINE_HELP = `
PIPELINE is a .ts or .js file with a default export, a schedule as .json, or the text form:
  $ vcycle plan --layers 8 --width 128 --heads 4 --context 64 --vocabulary 65 --batch 12 \\
      'restrict(even) >> train(10) >> prolongate >> train(5)'
Options about model, data and optimizer go with the text form; files say their own.`;

/** Adds the argument (or, as `<pipelines...>`, any number of them) and the options to a command. */
export const addPipelineOptions = (command: Command, argument: '<pipeline>' | '<pipelines...>' = '<pipeline>'): Command => {
  command.argument(argument, 'a file, or stages such as "restrict(even) >> train(10) >> prolongate"');
  const group = (option: Option): Option => option.helpGroup('Text form:');
  for (const [flags, description] of numbers) command.addOption(group(new Option(flags, description).argParser(anyNumber)));
  for (const [flags, description, choices] of words) command.addOption(group(new Option(flags, description).choices(choices)));
  command.addOption(group(new Option('--no-bias', 'no biases in the model')));
  command.addOption(group(new Option('--data <source>', 'a UTF-8 text file, or npm:NAME; without it tokens are random')));
  return command.addOption(
    group(new Option('--set <name=number>', 'value of a free name; may be repeated').argParser(bind).default({}, 'none')),
  );
};
