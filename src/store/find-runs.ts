/**
 * Run folders under a folder. A folder that holds a run is not looked into any further.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from '../runner/folder/run-folder.js';

/** Deeper than anybody sorts runs, and short of following a loop of links for ever. */
const DEEPEST = 6;

/** Schedule or events, and one thing more: an empty `checkpoints/` is what many a way of copying leaves behind. */
export const isRunFolder = (folder: string): boolean => {
  const has = (name: string): boolean => existsSync(join(folder, name));
  const { schedule, events, summary, checkpoints } = RUN_FILES;
  return (has(schedule) || has(events)) && [schedule, events, summary, checkpoints].filter(has).length > 1;
};

/** In the order of their names. */
export const findRuns = (root: string, deepest = DEEPEST): readonly string[] => {
  if (!existsSync(root) || !statSync(root).isDirectory()) return [];
  if (isRunFolder(root)) return [root];
  if (deepest === 0) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => findRuns(join(root, name), deepest - 1));
};
