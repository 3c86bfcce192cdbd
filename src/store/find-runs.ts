/**
 * Finds run folders under a folder. A run folder is not searched any further, and links are not followed.
 */
import type { Folder } from '../files/folder.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';

/** Deeper than anybody nests runs. */
const DEEPEST = 6;

/** Requires a schedule or events and one more entry: many ways of copying leave an empty `checkpoints/` behind. */
export const isRunFolder = (folder: Folder): boolean => {
  const has = (name: string): boolean => folder.has(name);
  const { schedule, events, summary, checkpoints } = RUN_FILES;
  return (has(schedule) || has(events)) && [schedule, events, summary, checkpoints].filter(has).length > 1;
};

/** The same for any folder; an unreadable one is assumed to be a run's, so that its reader reports why. */
export const holdsRun = (folder: Folder): boolean => {
  try {
    return isRunFolder(folder);
  } catch {
    return true;
  }
};

/** Subfolders that may contain runs. */
const foldersIn = (folder: Folder): readonly Folder[] =>
  folder
    .names()
    .filter((name) => name !== 'node_modules' && !name.startsWith('.') && folder.files.look(folder.pathOf(name))?.kind === 'folder')
    .map((name) => folder.folder(name));

/** In the order of their names. Includes unreadable folders: their reader reports why. */
export const findRuns = (root: Folder, deepest = DEEPEST): readonly Folder[] => {
  try {
    if (root.status()?.kind !== 'folder') return [];
    if (isRunFolder(root)) return [root];
    return deepest === 0 ? [] : foldersIn(root).flatMap((folder) => findRuns(folder, deepest - 1));
  } catch {
    return [root];
  }
};
