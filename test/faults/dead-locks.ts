/** Locks of processes that have died within a test, which lives on: as if their process numbers had been given to others since. Not a test itself. */
import { isLock } from '../../src/runner/folder/run-lock.js';

export const isLockPath = (path: string): boolean => isLock(path.slice(path.lastIndexOf('/') + 1));

/** The content of a lock file whose process has died. */
export const ofTheDead = (lock: Uint8Array): Uint8Array =>
  new TextEncoder().encode(new TextDecoder().decode(lock).replace(/"began":"[^"]*"/, '"began":"before"'));
