/** The options of `vcycle search`, as values. Not here: what it does with them (`../commands/search.ts`). */

import { type Command, InvalidArgumentError, Option } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { mostSeed } from '../../schedule/bounds/counts.js';
import { type Asked, askedIn } from '../../search/ranges.js';
import { flopBudget, integer } from './argument-numbers.js';
import { addJobOptions, type SweepOptions, seedsOption } from './compare-options.js';
import { PIPELINE_HELP } from './pipeline-options.js';

export interface SearchOptions extends SweepOptions {
  /** FLOPs of all runs. */
  readonly budget: number;
  readonly over: readonly Asked[];
  /** FLOPs of one run. */
  readonly runBudget?: number;
  readonly drawSeed: number;
}

const rangesIn = (text: string): readonly Asked[] => {
  const asked = askedIn(text);
  if (E.isLeft(asked)) throw new InvalidArgumentError(`${asked.left}.`);
  return asked.right;
};

export const SEARCH_HELP = `${PIPELINE_HELP}

A file must give pipeline(setup, TEXT, { n: 400, m: 800 }): the names of its text
are searched, and those that --over leaves out keep their numbers. The same
command continues where it was stopped; with a larger budget it repeats nothing.
  $ vcycle search FILE --budget 20TFLOP --over 'n: 100..2000, m: 50..800' --seeds 3`;

export const addSearchOptions = (command: Command): Command =>
  addJobOptions(
    command
      .addOption(new Option('--budget <flops>', 'FLOPs of all runs together, such as 20TFLOP').argParser(flopBudget).makeOptionMandatory())
      .addOption(
        new Option('--over <ranges>', "the names to search: 'n: 100..2000, m: 50|100|200'").argParser(rangesIn).makeOptionMandatory(),
      )
      .addOption(new Option('--run-budget <flops>', 'FLOPs of one run: candidates that cost more are passed over').argParser(flopBudget))
      .addOption(seedsOption(3))
      .addOption(new Option('--draw-seed <n>', 'seed of the order of candidates').argParser(integer(0, mostSeed)).default(1)),
    'searches/NAME',
  );
