/**
 * Run folders under a folder. A folder that holds a run is not looked into any further, and no link is gone behind.
 */
import type { Folder } from '../files/folder.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';

/** Deeper than anybody sorts runs. */
const DEEPEST = 6;

/** Schedule or events, and one thing more: an empty `checkpoints/` is what many a way of copying leaves behind. */
export const isRunFolder = (folder: Folder): boolean => {
  const has = (name: string): boolean => folder.has(name);
  const { schedule, events, summary, checkpoints } = RUN_FILES;
  return (has(schedule) || has(events)) && [schedule, events, summary, checkpoints].filter(has).length > 1;
};

/** The same of any folder: one that may not be read is taken for a run's, for whoever reads it says why. */
export const holdsRun = (folder: Folder): boolean => {
  try {
    return isRunFolder(folder);
  } catch {
    return true;
  }
};

/** Folders in it that may hold runs. */
const foldersIn = (folder: Folder): readonly Folder[] =>
  folder
    .names()
    .filter((name) => name !== 'node_modules' && !name.startsWith('.') && folder.files.look(folder.pathOf(name))?.kind === 'folder')
    .map((name) => folder.folder(name));

/** In the order of their names. A folder that may not be read is one of them: whoever reads it says why. */
export const findRuns = (root: Folder, deepest = DEEPEST): readonly Folder[] => {
  try {
    if (root.status()?.kind !== 'folder') return [];
    if (isRunFolder(root)) return [root];
    return deepest === 0 ? [] : foldersIn(root).flatMap((folder) => findRuns(folder, deepest - 1));
  } catch {
    return [root];
  }
};
