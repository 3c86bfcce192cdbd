/**
 * One writer a run folder. Each writer puts up a file of its own, `running-PID-N.json`, and then looks for others: of two that start at
 * once at least one sees the other and goes away again, so that there are never two. A file whose process is gone is swept away.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.js';

export interface RunLock {
  release(): void;
}

export interface Writer extends ProcessIdentity {
  /** Its file in the run folder. */
  readonly file: string;
  /** Undefined for a process of another machine, which cannot be asked. */
  readonly running: boolean | undefined;
}

const LOCK = /^running-\d+-\d+\.json$/;

export const isLock = (name: string): boolean => LOCK.test(name);

/** Locks that this process has taken, so that two of them have two names. */
let taken = 0;

const identityIn = (path: string): ProcessIdentity | undefined => {
  try {
    const { pid, host, began }: Partial<ProcessIdentity> = JSON.parse(readFileSync(path, 'utf8'));
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host, ...(began === undefined ? {} : { began }) } : undefined;
  } catch {
    // Swept away meanwhile, or never written to its end: then its process died at its very beginning.
    return undefined;
  }
};

/** Who says to be writing in a run folder, be it alive or not. */
export const writersOf = (folder: string): readonly Writer[] =>
  readdirSync(folder)
    .filter(isLock)
    .flatMap((name): readonly Writer[] => {
      const file = join(folder, name);
      const identity = identityIn(file);
      return identity === undefined ? [] : [{ ...identity, file, running: isRunning(identity) }];
    });

const refusal = (folder: string, { pid, host, running, file }: Writer): Fault =>
  running === undefined
    ? inputFault(
        `${folder} was being written by process ${pid} on ${host}, which cannot be asked from here; if it has ended, remove ${file}`,
      )
    : inputFault(`${folder} is being written by process ${pid}; wait for it to end, or stop it`);

/** Takes the folder for this process. Left: somebody else writes in it, or the folder cannot be written to. */
export const lockRun = (folder: string): E.Either<Fault, RunLock> => {
  taken += 1;
  const own = join(folder, `running-${process.pid}-${taken}.json`);
  const release = (): void => rmSync(own, { force: true });
  try {
    writeFileSync(own, `${JSON.stringify(thisProcess())}\n`, { flag: 'wx' });
    const others = writersOf(folder).filter(({ file }) => file !== own);
    const [rival] = others.filter(({ running }) => running !== false);
    if (rival !== undefined) {
      release();
      return E.left(refusal(folder, rival));
    }
    for (const { file } of others) rmSync(file, { force: true });
    return E.right({ release });
  } catch (error) {
    return E.left(
      inputFault(
        `${folder} cannot be written to (${error instanceof Error ? error.message : String(error)}); change its permissions, or name another folder`,
      ),
    );
  }
};
