/** The options about states that are kept for other runs. Not here: the place that they name (`states-place.ts`). */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { someText } from './argument-numbers.js';

export interface StateOptions {
  /** The folder of kept states. */
  readonly states?: string;
  /** Bytes of all kept states. */
  readonly keepStates?: number;
}

/** Of `run`, beside its runs: one that begins with a dot is not searched for runs. */
export const RUN_STATES = 'runs/.states';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/**
 * @example
 * bytesIn('2GB') // 2000000000
 */
export const bytesIn = (text: string): number => {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('It must be a number of bytes, such as 500MB or 2GB.');
  return Number(digits) * (UNITS[unit] ?? 1);
};

export const statesOption = (otherwise: string): Option =>
  new Option('--states <folder>', `where states after stages are kept for other runs (default: ${otherwise})`).argParser(someText);

export const keepStatesOption = (description = 'most bytes of all kept states; the least recently used go (default: 2GB)'): Option =>
  new Option('--keep-states <bytes>', description).argParser(bytesIn);

export const addStateOptions = (command: Command, otherwise: string): Command =>
  command.addOption(statesOption(otherwise)).addOption(keepStatesOption());
