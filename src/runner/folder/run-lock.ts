/**
 * One writer per run folder. Each writer creates a file of its own, `running-PID-N.json`, and then looks for others: of two that start at once at
 * least one sees the other and withdraws, so that there are never two. A file whose process has ended is removed.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { unwritable } from '../../files/disk-fault.js';
import type { Folder } from '../../files/folder.js';
import type { TaskAttempt } from '../../queue-task.js';
import { messageOf } from '../../thrown.js';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.js';

export interface RunLock {
  /** Never fails: where its file cannot be removed, the lock is void all the same. */
  release(): void;
}

export interface Writer extends ProcessIdentity {
  /** Its file in the run folder. */
  readonly name: string;
  readonly file: string;
  /** Undefined for a process on another machine, which cannot be checked. */
  readonly running: boolean | undefined;
}

const LOCK = /^running-\d+-\d+\.json$/;

export const isLock = (name: string): boolean => LOCK.test(name);

/** Locks that this process has taken, so that they have different names, from 1; and released ones whose files could not be removed. */
let taken = 0;
const leftBehind = new Set<string>();

const attemptIn = (value: unknown): TaskAttempt | undefined => {
  const { cluster, task, restarts }: Readonly<Record<string, unknown>> = Object(value);
  return typeof cluster === 'string' && typeof task === 'string' && typeof restarts === 'number' ? { cluster, task, restarts } : undefined;
};

const identityIn = (folder: Folder, name: string): ProcessIdentity | undefined => {
  try {
    const { pid, host, began, attempt }: Readonly<Record<string, unknown>> = Object(JSON.parse(folder.text(name)));
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1 || typeof host !== 'string') return undefined;
    const ofQueue = attemptIn(attempt);
    return { pid, host, ...(typeof began === 'string' ? { began } : {}), ...(ofQueue === undefined ? {} : { attempt: ofQueue }) };
  } catch {
    // Removed meanwhile, or never completed: then its process died right after creating it.
    return undefined;
  }
};

const isWriting = (identity: ProcessIdentity, name: string): boolean | undefined => {
  const running = isRunning(identity);
  // Only on this machine can it be running, so that the number is this process and no other machine's.
  return running === true && identity.pid === process.pid && leftBehind.has(name) ? false : running;
};

/** The processes that claim to write in a run folder, alive or not. */
export const writersOf = (folder: Folder): readonly Writer[] =>
  folder
    .names()
    .filter(isLock)
    .flatMap((name): readonly Writer[] => {
      const identity = identityIn(folder, name);
      return identity === undefined ? [] : [{ ...identity, name, file: folder.pathOf(name), running: isWriting(identity, name) }];
    });

/** Whether a process writes in it now; a writer on another machine is assumed to be alive. */
export const isBeingWritten = (folder: Folder): boolean => writersOf(folder).some(({ running }) => running !== false);

const refusal = ({ path }: Folder, { pid, host, running, file }: Writer): Fault =>
  running === undefined
    ? inputFault(`${path} was being written by process ${pid} on ${host}, which cannot be asked from here; if it has ended, remove ${file}`)
    : inputFault(`${path} is being written by process ${pid}; wait for it to end, or stop it`);

/** Locks the folder for this process. Left: another process writes in it, or the folder is not writable. */
export const lockRun = (folder: Folder): E.Either<Fault, RunLock> => {
  taken += 1;
  const own = `running-${process.pid}-${taken}.json`;
  const release = (): void => {
    try {
      folder.remove(own);
    } catch {
      // Void all the same, and removed by the next writer: once this process has ended everyone sees that, and until then this process knows it.
      leftBehind.add(own);
    }
  };
  try {
    folder.create(own, `${JSON.stringify(thisProcess())}\n`);
    const others = writersOf(folder).filter(({ name }) => name !== own);
    const [rival] = others.filter(({ running }) => running !== false);
    if (rival !== undefined) {
      release();
      return E.left(refusal(folder, rival));
    }
    for (const { name } of others) folder.remove(name);
    return E.right({ release });
  } catch (error) {
    release();
    const cannot = `${folder.path} cannot be written to (${messageOf(error)})`;
    return E.left(unwritable(error, cannot, 'change its permissions, or name another folder'));
  }
};
