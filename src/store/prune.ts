/**
 * Removes what runs left: complete run folders, or only their checkpoints. First states what would be removed; a run that is being written
 * is never touched, nor, unless requested, are the runs on which a comparison's figures are based.
 */
import { basename, dirname, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../fault.js';
import { Folder } from '../files/folder.js';
import { bytesUnder } from '../files/tree.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { isBeingWritten } from '../runner/folder/run-lock.js';
import { comparisonOver } from '../sweep/manifest.js';
import { messageOf } from '../thrown.js';
import { isRunFolder } from './find-runs.js';
import type { RunEntry } from './run-entry.js';

export interface Removal {
  readonly folder: string;
  /** What is removed: the folder itself, or files in its `checkpoints/`. */
  readonly what: 'folder' | 'checkpoints';
  readonly bytes: number;
}

export interface Pruning {
  readonly removals: readonly Removal[];
  /** Folders of runs that are kept because they are results of a comparison. */
  readonly results: readonly string[];
  /** Folders of runs whose checkpoints are kept because a link leads to them. */
  readonly linked: readonly string[];
}

/** Whether a comparison uses the run as a result; without it, the comparison would repeat the run. */
const isResult = ({ comparison, status }: RunEntry): boolean => comparison !== null && (status === 'finished' || status === 'diverged');

/** In use by its own process, or by the comparison that assigned it as a job. */
const isInUse = ({ status, comparison }: RunEntry): boolean =>
  status === 'running' || (comparison !== null && isBeingWritten(Folder.at(comparison)));

/**
 * Only finished runs lose their checkpoints: others need them to be resumed.
 *
 * @param withResults whether results of comparisons are removed, too.
 */
export const pruning = (entries: readonly RunEntry[], what: Removal['what'], withResults: boolean): Pruning => {
  const idle = entries.filter((entry) => !isInUse(entry));
  if (what === 'checkpoints') {
    const finished = idle.filter(({ status }) => status === 'finished').map(({ folder }) => folder);
    const linked = finished.filter(hasLinkedCheckpoints);
    const found = finished
      .filter((folder) => !linked.includes(folder))
      .map((folder): Removal => ({ folder, what, bytes: checkpointBytes(folder) }));
    return { removals: found.filter(({ bytes }) => bytes > 0), results: [], linked };
  }
  const stays = (entry: RunEntry): boolean => !withResults && isResult(entry);
  return {
    removals: idle.filter((entry) => !stays(entry)).map(({ folder, bytes }): Removal => ({ folder, what, bytes })),
    results: idle.filter(stays).map(({ folder }) => folder),
    linked: [],
  };
};

const checkpointsOf = (folder: string): Folder => Folder.at(folder).folder(RUN_FILES.checkpoints);

const checkpointBytes = (folder: string): number => {
  const { files, path } = checkpointsOf(folder);
  return bytesUnder(files, path);
};

const hasLinkedCheckpoints = (folder: string): boolean => {
  const { files, path } = checkpointsOf(folder);
  return files.look(path)?.kind === 'link';
};

/** Removes the folder by its own name: a link to it is refused. */
const removeFolder = (path: string): void => {
  const own = resolve(path);
  const above = Folder.at(dirname(own));
  if (above.files.look(own)?.kind === 'link') throw new Error('it is a link; name the folder that it leads to');
  above.removeAll(basename(own));
};

const removeCheckpoints = (folder: string): void => {
  const checkpoints = checkpointsOf(folder);
  for (const name of checkpoints.names()) checkpoints.removeAll(name);
};

/** Left: it has changed since it was inspected, or the system refused. */
export const remove = ({ folder, what }: Removal): E.Either<Fault, void> =>
  E.tryCatch(
    () => {
      const found = Folder.at(folder);
      const comparison = comparisonOver(found);
      if (!isRunFolder(found)) throw new Error('it is no run folder any more');
      if (isBeingWritten(found) || (comparison !== undefined && isBeingWritten(comparison)))
        throw new Error('it is being written now; prune it once that has ended');
      if (what === 'folder') removeFolder(folder);
      else removeCheckpoints(folder);
    },
    (error) => runFault(`${folder}: ${what === 'folder' ? 'it' : 'its checkpoints'} could not be removed (${messageOf(error)})`),
  );
