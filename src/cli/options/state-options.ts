/** The options about states that are kept for other runs. Not here: the place that they name (`states-place.ts`). */
import { type Command, Option } from 'commander';
import { byteBudget, someText } from './argument-numbers.js';

export interface StateOptions {
  /** The folder of kept states. */
  readonly states?: string;
  /** Bytes of all kept states. */
  readonly keepStates?: number;
}

export interface ReuseOptions extends StateOptions {
  readonly reuse?: boolean;
}

/** Of `run`, beside its runs: one that begins with a dot is not searched for runs. */
export const RUN_STATES = 'runs/.states';

/** Of the runs of a comparison or a search, in its folder. */
export const SHARED_STATES = 'states';

export const statesOption = (otherwise: string): Option =>
  new Option('--states <folder>', `where states after stages are kept for other runs (default: ${otherwise})`).argParser(someText);

export const keepStatesOption = (description = 'most bytes of all kept states; the least recently used go (default: 2GB)'): Option =>
  new Option('--keep-states <bytes>', description).argParser(byteBudget);

export const addStateOptions = (command: Command, otherwise: string): Command =>
  command.addOption(statesOption(otherwise)).addOption(keepStatesOption());
