/**
 * The commands over many runs and their options. Not here: their work (`commands/`).
 */
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { formatNames, formats } from '../export/model-formats.js';
import { integer, someText } from './options/argument-numbers.js';
import { mayBeRepeated } from './options/given-once.js';
import { jsonOption } from './options/json-option.js';
import { keepStatesOption } from './options/state-options.js';
import type { Doing, Work } from './process/exit.js';

/** Default folders of `run`, and those of `compare` and `search`. */
const RUNS = 'runs';
const SWEEPS = ['comparisons', 'searches'];
const DEFAULT = `default: ${RUNS}, and ${SWEEPS.join(' and ')} where they are`;
const PORT = 8642;
const MOST_PORTS = 65_535;

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** The named folders, or the default ones that exist; if none exists, the first one, so that its absence is reported. */
const rootsOf = (named: readonly string[]): readonly string[] => {
  if (named.length > 0) return named;
  const present = [RUNS, ...SWEEPS].filter((folder) => existsSync(folder));
  return present.length === 0 ? [RUNS] : present;
};

/** Calls a command's work with the named folders, or all of them. */
const overRoots =
  <Options>(load: () => Promise<(roots: readonly string[], options: Options) => Work>) =>
  async () => {
    const work = await load();
    return (folders: readonly string[], options: Options) => work(rootsOf(folders), options);
  };

/** @param every describes the runs that are meant if no condition is given. */
const addQueryOptions = (command: Command, every: string): Command =>
  command
    .argument('[folders...]', `folders that hold runs, comparisons or searches (${DEFAULT})`)
    .addOption(
      mayBeRepeated(
        new Option('--where <condition>', 'only runs of which this holds, as validation<1.9 or pipeline~restrict; may be given again')
          .argParser(collect)
          .default([], every),
      ),
    )
    .addOption(new Option('--sort <field>', 'by this field; -field from the largest down').default('-started'))
    .addOption(new Option('--rebuild', 'forget the index and read every folder again').default(false))
    .addOption(jsonOption());

export const addRunsCommands = (program: Command, does: Doing): void => {
  const runs = program.command('runs').description('existing runs: list, show, prune');

  addQueryOptions(runs.command('list', { isDefault: true }), 'all')
    .description('a row a run')
    .action(does(overRoots(async () => (await import('./commands/runs.js')).list)));

  runs
    .command('show')
    .description('everything that is known about one run')
    .argument('<run>', 'a run folder')
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/runs.js')).show));

  addQueryOptions(runs.command('prune'), 'none: give one')
    .description('remove the runs that meet a condition; without --yes only says which')
    .addOption(new Option('--checkpoints', 'remove only the checkpoints of finished runs').default(false))
    .addOption(new Option('--results', 'also finished runs of comparisons, which have their figures from them').default(false))
    .addOption(
      new Option('--states', 'remove states that were kept for other runs instead; with --keep-states only the rest').default(false),
    )
    .addOption(keepStatesOption('with --states: bytes of them that stay in each folder, the most recently used (default: 0)'))
    .addOption(new Option('--yes', 'do it').default(false))
    .action(does(overRoots(async () => (await import('./commands/runs.js')).prune)));

  const exporting = program
    .command('export')
    .description("a run's curves, and its model, for other programs")
    .argument('<run>', 'a run folder; for its model also a model folder or a model file')
    .option('--tensorboard <folder>', "write TensorBoard's event file into a folder of the run under this one (its --logdir)", someText)
    .option('--csv <file>', 'write a line a training step; - for stdout', someText);
  for (const name of formatNames)
    exporting.option(`--${name} <${formats[name].makes}>`, `write the model as ${formats[name].description}`, someText);
  exporting.action(does(async () => (await import('./commands/export.js')).exportRun));

  program
    .command('watch')
    .description('a page on this machine with the curves of runs, live')
    .argument('[runs...]', `run folders, and folders that hold some (${DEFAULT})`)
    .addOption(new Option('--port <n>', 'where it listens; 0 for any that is free').argParser(integer(0, MOST_PORTS)).default(PORT))
    .action(does(overRoots(async () => (await import('./commands/watch.js')).watch)));
};
