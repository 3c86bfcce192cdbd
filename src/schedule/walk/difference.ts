/** The differences between two verified schedules in words, for messages. Not here: whether they matter. */

import { isJsonObject } from '../../json-object.js';
import { listed } from '../../shown-value.js';
import type { Schedule } from '../schedule.js';
import { walk } from './walk.js';

/** The most differences that are listed. */
const MOST = 4;

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** One phrase for each value in which two JSON values differ. @param words what precedes either value. */
export const differencesIn = (
  path: string,
  before: unknown,
  after: unknown,
  words: readonly [before: string, after: string] = ['was', 'is'],
): readonly string[] => {
  if (isJsonObject(before) && isJsonObject(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differencesIn(path === '' ? key : `${path}.${key}`, before[key], after[key], words),
    );
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [`${path} ${words[0]} ${shown(before)} and ${words[1]} ${shown(after)}`];
};

/** The first stage that differs, repeats unrolled, with its place in the later schedule. */
const differenceInStages = (before: Schedule, after: Schedule): readonly string[] => {
  const [old, now] = [walk(before), walk(after)];
  const index = Array.from({ length: Math.max(old.length, now.length) }, (_, each) => each).find((each) => old[each]?.op !== now[each]?.op);
  if (index === undefined) return [];
  const [was, is] = [old[index], now[index]];
  return [`stage ${(is ?? was)?.at} was ${was?.op ?? 'not there'} and is ${is?.op ?? 'not there'}`];
};

/**
 * @returns one phrase per difference, that of the first different stage last; empty for schedules that mean the same.
 * @example
 * differences(a, b) // ['setup.batch was 12 and is 16', 'stage 2 was train(40) and is train(50)']
 */
export const differences = (before: Schedule, after: Schedule): readonly string[] => [
  ...differencesIn('version', before.version, after.version),
  ...differencesIn('setup', before.setup, after.setup),
  ...differenceInStages(before, after),
];

/** The same in one phrase. */
export const differencePhrase = (before: Schedule, after: Schedule): string => {
  const all = differences(before, after);
  return listed(all, MOST);
};
