/**
 * The command that uses a trained model, and its options. Not here: its work (`commands/`), which is imported on demand.
 */
import { type Command, Option } from 'commander';
import { aboveZeroToOne, integer, number, someText } from './options/argument-numbers.js';
import { addBackendOptions } from './options/backend-option.js';
import { jsonOption } from './options/json-option.js';
import type { Doing } from './process/exit.js';

export const addSampleCommand = (program: Command, does: Doing): void => {
  addBackendOptions(program.command('sample'))
    .description('text from a trained model')
    .argument('<run>', 'a run folder, a model folder inside one, or a model file')
    .option('--prompt <text>', 'what the text begins with (default: a line break, or the first character that the model knows)')
    .addOption(new Option('--tokens <n>', 'tokens to sample').argParser(integer(1)).default(400))
    .addOption(new Option('--temperature <t>', '0 takes the likeliest token each time').argParser(number(0)).default(0.8))
    .addOption(new Option('--top-k <k>', 'sample among the k likeliest tokens; 0 among all').argParser(integer(0)).default(0))
    .addOption(
      new Option('--top-p <p>', 'sample among the likeliest tokens that together have this probability')
        .argParser(aboveZeroToOne)
        .default(1),
    )
    .addOption(new Option('--stop <text>', 'the text ends before this').argParser(someText))
    .addOption(new Option('--seed <n>', 'seed of the sampling').argParser(integer(0)).default(1))
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/sample.js')).sampleText));
};
