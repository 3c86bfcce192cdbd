/** The commands about data, and their options. Not here: their work (`commands/`), which is imported on demand. */
import { type Command, Option } from 'commander';
import { shareBelowOne } from './options/argument-numbers.js';
import { jsonOption } from './options/json-option.js';
import type { Doing } from './process/exit.js';

const field = (): Option =>
  new Option('--text-field <name>', 'field of JSON Lines or column of Parquet that contains the text (default: text)');

export const addDataCommands = (program: Command, does: Doing): void => {
  program
    .command('prepare')
    .description('tokenize texts of any size into shards for training; the same command continues after a kill')
    .argument('<sources...>', 'texts, JSON Lines or Parquet, also compressed: files, folders, patterns in quotes')
    .addOption(
      new Option('--tokenizer <name>', 'bytes, gpt2 or another encoding, or the path of a tokenizer.json or rank file').default('gpt2'),
    )
    .requiredOption('--out <folder>', 'the folder to create')
    .addOption(field())
    .addOption(
      new Option('--held-out <share>', 'share of the documents for validation (default: training holds out the end)').argParser(
        shareBelowOne,
      ),
    )
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/prepare.js')).prepareTexts));

  program
    .command('data')
    .description('what a file or a folder contains: kind, tokens, vocabulary, how it begins')
    .argument('<path>', 'a text, a table, token files, a folder, a pattern in quotes')
    .addOption(new Option('--tokenizer <name>', 'the tokenizer of token files that do not record it, or to try on a text'))
    .addOption(field())
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/data.js')).describeData));
};
