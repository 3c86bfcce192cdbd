/** The commands about data, and their options. Not here: their work (`commands/`), which is imported when it is called. */
import { type Command, Option } from 'commander';
import { shareBelowOne } from './options/argument-numbers.js';
import { jsonOption } from './options/json-option.js';
import type { Doing } from './process/exit.js';

const field = (): Option =>
  new Option('--text-field <name>', 'field of JSON Lines or column of Parquet that holds the text (default: text)');

export const addDataCommands = (program: Command, does: Doing): void => {
  program
    .command('prepare')
    .description('tokens of texts of any size, as shards to train on; the same command continues after a kill')
    .argument('<sources...>', 'texts, JSON Lines or Parquet, also compressed: files, folders, patterns in quotes')
    .addOption(
      new Option('--tokenizer <name>', 'bytes, gpt2 or another encoding, or the path of a tokenizer.json or rank file').default('gpt2'),
    )
    .requiredOption('--out <folder>', 'the folder that is made')
    .addOption(field())
    .addOption(
      new Option('--held-out <share>', 'share of the documents that validates (default: training holds the end out)').argParser(
        shareBelowOne,
      ),
    )
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/prepare.js')).prepareTexts));

  program
    .command('data')
    .description('what a file or a folder holds: kind, tokens, vocabulary, how it begins')
    .argument('<path>', 'a text, a table, token files, a folder, a pattern in quotes')
    .addOption(new Option('--tokenizer <name>', 'what made the tokens of files that do not say it'))
    .addOption(field())
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/data.js')).describeData));
};
