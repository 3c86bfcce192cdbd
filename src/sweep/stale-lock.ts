/** A lock that a task left on a node which is away: no other machine can ask its process, but Slurm says that the task is over. */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../fault.js';
import type { Folder } from '../files/folder.js';
import { writersOf } from '../runner/folder/run-lock.js';
import { messageOf } from '../thrown.js';
import type { Gone } from './queue-standing.js';

/** Removes the lock that the gone task left in its job's folder, if it left one. */
export const removeLockOf = (folder: Folder, { submission, number }: Gone): E.Either<Fault, void> =>
  E.tryCatch(
    () => {
      if (submission.array === undefined || folder.status()?.kind !== 'folder') return;
      const task = `${submission.array}_${number}`;
      for (const { name, running, attempt } of writersOf(folder)) if (running === undefined && attempt?.task === task) folder.remove(name);
    },
    (error) => runFault(`${folder.path} cannot be unlocked (${messageOf(error)})`),
  );
