/**
 * The options that give a pipeline in text form its setup, as one table: the name of each, its help text, and which value of the schedule it sets. The
 * command's options are made from it (`pipeline-options.ts`), and a message about such a value names the option. Not here: making a schedule of them
 * (`../pipeline/text-pipeline.ts`).
 */
import { Option } from 'commander';
import type { Fault } from '../../fault.js';
import { recomputations, shapeFactors } from '../../schedule/defaults.js';

interface TextFlag {
  /** As `Option` takes it: `--layers <n>`. */
  readonly flags: string;
  readonly describe: string;
  /** JSON paths of the values that it sets; a vocabulary belongs to the data if there is no text. */
  readonly gives: readonly string[];
}

interface WordFlag extends TextFlag {
  readonly choices: readonly string[];
}

const flag = (flags: string, describe: string, ...gives: readonly string[]): TextFlag => ({ flags, describe, gives });

const RATE = 'setup.optimizer.learningRate';

/** Options that take a number. */
export const numberFlags: readonly TextFlag[] = [
  flag('--layers <n>', 'depth of level 0', 'setup.model.layers'),
  flag('--width <n>', 'width of the residual stream', 'setup.model.width'),
  flag('--heads <n>', 'attention heads', 'setup.model.heads'),
  flag('--key-value-heads <n>', 'heads of keys and values of a llama (default: as many)', 'setup.model.keyValueHeads'),
  flag('--hidden <n>', 'units of the feed-forward part of a llama (default: 8/3 of the width)', 'setup.model.hidden'),
  flag('--theta <base>', "base of the rotary positions' angles of a llama", 'setup.model.theta'),
  flag('--norm-epsilon <epsilon>', 'what the norms of a llama add to the mean square', 'setup.model.epsilon'),
  flag('--context <n>', 'tokens in a sequence', 'setup.model.context'),
  flag('--vocabulary <n>', 'tokens in the vocabulary; not needed with --data', 'setup.model.vocabulary', 'setup.data.vocabulary'),
  flag('--base-layers <n>', 'depth at which completeP is the standard parametrisation (default: 2)', 'setup.model.baseLayers'),
  flag('--base-width <n>', 'width at which it is (default: 256)', 'setup.model.baseWidth'),
  flag('--batch <n>', 'sequences in a training step', 'setup.batch'),
  flag('--held-out <share>', "share of the text's end kept for validation", 'setup.data.heldOut'),
  flag('--learning-rate <peak>', 'peak learning rate', `${RATE}.peak`),
  flag('--floor <rate>', 'where a cosine or wsd learning rate ends', `${RATE}.floor`),
  flag('--warmup <steps>', 'steps of linear warm-up', `${RATE}.warmup`),
  flag('--rewarm <steps>', 'steps of linear warm-up after each transfer', `${RATE}.rewarm`),
  flag('--clip <norm>', 'largest global norm of the gradient; 0 disables clipping', 'setup.optimizer.clip'),
  flag('--weight-decay <share>', 'decoupled decay of matrices', 'setup.optimizer.weightDecay'),
  flag('--momentum <share>', 'momentum of sgd or muon', 'setup.optimizer.momentum'),
  flag('--rest-rate <share>', "learning rate of what is no matrix, as a multiple of muon's", 'setup.optimizer.rest.rate'),
  flag('--accumulate <n>', 'microbatches in which a batch is processed; its memory is that of one', 'setup.accumulate'),
  flag(
    '--spike-factor <k>',
    'a loss of so many standard deviations above the mean is a spike: return, skip its batches',
    'setup.onSpike.factor',
  ),
  flag('--spike-window <steps>', 'losses of which (default: 128; any of the three turns it on)', 'setup.onSpike.window'),
  flag('--spike-back <steps>', 'how far to return at least (default: 100)', 'setup.onSpike.back'),
  flag('--seed <n>', 'seed of weights and batches', 'setup.seed'),
  flag(
    '--evaluate-every <steps>',
    'steps between evaluations; 0 evaluates at the end of each training stage only',
    'setup.evaluation.every',
  ),
  flag('--evaluation-batches <n>', 'batches in one evaluation', 'setup.evaluation.batches'),
];

/** Options that take one of several words. */
export const wordFlags: readonly WordFlag[] = [
  { ...flag('--model <family>', 'gpt (default) or llama', 'setup.model.kind'), choices: ['gpt', 'llama'] },
  {
    ...flag(
      '--parametrisation <name>',
      'how values and rates depend on the size: completeP has one rate for all',
      'setup.model.parametrisation',
    ),
    choices: ['standard', 'completeP'],
  },
  { ...flag('--gelu <name>', "exact, or GPT-2's approximation with tanh", 'setup.model.gelu'), choices: ['exact', 'tanh'] },
  {
    ...flag('--documents <how>', 'joined (default), or separate: attention stays inside a document', 'setup.data.documents'),
    choices: ['joined', 'separate'],
  },
  {
    ...flag(
      '--recompute <what>',
      'activations (all but products) or layers (all but their input): less memory, more FLOPs, the same bits',
      'setup.recompute',
    ),
    choices: recomputations,
  },
  { ...flag('--optimizer <name>', 'update rule', 'setup.optimizer.kind'), choices: ['adamw', 'muon', 'sgd'] },
  {
    ...flag('--shape-factor <name>', "how muon's learning rate depends on a matrix's shape", 'setup.optimizer.shapeFactor'),
    choices: shapeFactors,
  },
  { ...flag('--learning-rate-shape <name>', 'learning rate over time', `${RATE}.kind`), choices: ['constant', 'cosine', 'wsd'] },
  {
    ...flag('--clock <name>', "step counter of the learning rate: the run's or the training stage's", `${RATE}.clock`),
    choices: ['global', 'stage'],
  },
];

/** The options that take a text or a file. */
export const nameFlags: readonly TextFlag[] = [
  flag(
    '--data <source>',
    'a text, JSON Lines, Parquet, or token files; a folder, a pattern, npm:NAME; without it tokens are random',
    'setup.data.source',
  ),
  flag('--text-field <name>', 'field of JSON Lines or column of Parquet that contains the text (default: text)', 'setup.data.field'),
  flag('--initial <path>', 'initial weights: a run folder, a model folder, a model file', 'setup.initial', 'setup.initial.path'),
  flag('--tokenizer <name>', 'characters (default), bytes, gpt2, or the path of a tokenizer.json or rank file', 'setup.data.tokenizer'),
];

const longOf = ({ flags }: TextFlag): string => flags.split(' ')[0] ?? flags;

const all = [...numberFlags, ...wordFlags, ...nameFlags];

/** Flags by the name of their value among the parsed options: `--learning-rate` by `learningRate`. */
export const textFlags: ReadonlyMap<string, string> = new Map(
  all.map(({ flags }) => new Option(flags)).map((option) => [option.attributeName(), option.long ?? option.flags]),
);

const byPath: ReadonlyMap<string, string> = new Map(all.flatMap((each) => each.gives.map((path) => [path, longOf(each)] as const)));

/**
 * The fault with values of the setup named by the options that set them.
 *
 * @example
 * inFlags(inputFault('setup.batch must be an integer >= 1 (was 0)', 'setup.batch')).message // '--batch must be an integer >= 1 (was 0)'
 */
export const inFlags = (fault: Fault): Fault => {
  const { about = '', message } = fault;
  const given = byPath.get(about);
  return given === undefined ? fault : { ...fault, message: message.replace(about, () => given) };
};
