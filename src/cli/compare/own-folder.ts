/** The folder of a command that runs jobs in it, for this process alone. */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../../fault.js';
import { unwritable } from '../../files/disk-fault.js';
import type { Folder } from '../../files/folder.js';
import { lockRun } from '../../runner/folder/run-lock.js';
import { messageOf } from '../../thrown.js';

/** Locks the folder: two commands in it would start the same jobs. */
export const inOwnFolder = async <A, B>(folder: Folder, use: () => Promise<E.Either<B, A>>): Promise<E.Either<Fault | B, A>> => {
  const made = E.tryCatch(
    () => folder.make(),
    (error) => unwritable(error, `${folder.path} cannot be made (${messageOf(error)})`, 'name another folder with --out'),
  );
  if (E.isLeft(made)) return made;
  const lock = lockRun(folder);
  if (E.isLeft(lock)) return lock;
  try {
    return await use();
  } finally {
    lock.right.release();
  }
};
