/**
 * Removing what runs left: whole run folders, or their checkpoints alone. Says what it would do before anything is done; a run that is being
 * written is never touched, nor are, unless one says so, the runs that a comparison's figures are of.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../fault.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { manifestOver } from '../sweep/manifest.js';
import { isRunFolder } from './find-runs.js';
import { bytesIn, isBeingWritten, type RunEntry } from './run-entry.js';

export interface Removal {
  readonly folder: string;
  /** What goes: the folder itself, or files in its `checkpoints/`. */
  readonly what: 'folder' | 'checkpoints';
  readonly bytes: number;
}

export interface Pruning {
  readonly removals: readonly Removal[];
  /** Folders of runs that stay, being a comparison's results. */
  readonly results: readonly string[];
}

/** What a comparison holds against its other runs; the comparison would do it again. */
const isResult = ({ comparison, status }: RunEntry): boolean => comparison !== null && (status === 'finished' || status === 'diverged');

/** By itself, or by the comparison that hands it out as a job. */
const isInUse = ({ status, comparison }: RunEntry): boolean => status === 'running' || (comparison !== null && isBeingWritten(comparison));

/**
 * Without its checkpoints a run that has not finished could not be resumed: only finished runs lose theirs.
 *
 * @param withResults also the results of comparisons.
 */
export const pruning = (entries: readonly RunEntry[], what: Removal['what'], withResults: boolean): Pruning => {
  const idle = entries.filter((entry) => !isInUse(entry));
  if (what === 'checkpoints') {
    const found = idle
      .filter(({ status }) => status === 'finished')
      .map(({ folder }): Removal => ({ folder, what, bytes: checkpointBytes(folder) }));
    return { removals: found.filter(({ bytes }) => bytes > 0), results: [] };
  }
  const stays = (entry: RunEntry): boolean => !withResults && isResult(entry);
  return {
    removals: idle.filter((entry) => !stays(entry)).map(({ folder, bytes }): Removal => ({ folder, what, bytes })),
    results: idle.filter(stays).map(({ folder }) => folder),
  };
};

const checkpointBytes = (folder: string): number => {
  const checkpoints = join(folder, RUN_FILES.checkpoints);
  return existsSync(checkpoints) ? bytesIn(checkpoints) : 0;
};

/** Left: it has become something else since it was looked at, or the system refused. */
export const remove = ({ folder, what }: Removal): E.Either<Fault, void> => {
  if (!isRunFolder(folder)) return E.left(runFault(`${folder} is no run folder any more; nothing was removed there`));
  const manifest = manifestOver(folder);
  if (isBeingWritten(folder) || (manifest !== undefined && isBeingWritten(dirname(manifest))))
    return E.left(runFault(`${folder} is being written now; nothing was removed there: prune it once that has ended`));
  return E.tryCatch(
    () => {
      if (what === 'folder') rmSync(folder, { recursive: true });
      else {
        const checkpoints = join(folder, RUN_FILES.checkpoints);
        for (const name of readdirSync(checkpoints)) rmSync(join(checkpoints, name), { recursive: true });
      }
    },
    (error) =>
      runFault(
        `${folder} could not be removed (${error instanceof Error ? error.message : String(error)}); change its permissions and prune again`,
      ),
  );
};
