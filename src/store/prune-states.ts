/** Removes states that were kept for other runs: all of them, or the least recently used beyond a budget. Not here: runs (`prune.ts`). */
import { resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../fault.js';
import { Folder } from '../files/folder.js';
import { messageOf } from '../thrown.js';
import { beyond, removeState, type StateFile, stateFiles } from './states-folder.js';

/** The folders in which runs and comparisons keep states. */
const NAMES = ['.states', 'states'];

/** A folder of states, and what goes. */
export interface StatesPruning {
  readonly folder: string;
  readonly removed: readonly StateFile[];
  readonly kept: readonly StateFile[];
}

/** Folders of states under these: the folder itself, as one that `--states` named; in it, or in one of its folders, as of a comparison. */
const statesUnder = (root: Folder): readonly Folder[] => [
  ...(stateFiles(root).length === 0 ? [] : [root]),
  ...[
    root,
    ...root
      .names()
      .filter((name) => root.status(name)?.kind === 'folder')
      .map((name) => root.folder(name)),
  ].flatMap((folder) =>
    NAMES.filter((name) => folder.files.look(folder.pathOf(name))?.kind === 'folder').map((name) => folder.folder(name)),
  ),
];

/** @param budget bytes that stay in each folder. @param yes whether they are removed; otherwise only said. */
export const pruneStates = (roots: readonly string[], budget: number, yes: boolean): E.Either<Fault, readonly StatesPruning[]> =>
  E.tryCatch(
    () =>
      // Of folders that are given with a folder in them, the inner one is there twice.
      [...new Map(roots.flatMap((root) => statesUnder(Folder.at(root))).map((folder) => [resolve(folder.path), folder])).values()]
        .map((folder): StatesPruning => {
          const files = stateFiles(folder);
          const removed = beyond(files, budget);
          if (yes) for (const { address } of removed) removeState(folder, address);
          return { folder: folder.path, removed, kept: files.slice(removed.length) };
        })
        .filter(({ removed, kept }) => removed.length + kept.length > 0),
    (error) => runFault(`the states could not be removed (${messageOf(error)})`),
  );
