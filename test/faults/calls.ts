/** Every call of a disk, counted, and seen by someone who may do something else instead. Not a test itself. */
import type { FileSystem } from '../../src/files/file-system.js';

export type Call = keyof FileSystem;

/** What happens at a call, which is the `count`th. `act` does what was asked for. */
export type AtCall = (call: Call, count: number, act: () => unknown, args: readonly unknown[]) => unknown;

/** @param disk a disk, or which one it is at each call. */
export const watchedCalls = (disk: FileSystem | (() => FileSystem), at: AtCall): FileSystem => {
  const now = typeof disk === 'function' ? disk : () => disk;
  let count = 0;
  const watched = <K extends Call>(call: K): FileSystem[K] => {
    return ((...args: never[]) => {
      const act: (...args: never[]) => unknown = now()[call];
      count += 1;
      return at(call, count, () => act(...args), args);
    }) as FileSystem[K];
  };
  return {
    open: watched('open'),
    read: watched('read'),
    write: watched('write'),
    truncate: watched('truncate'),
    status: watched('status'),
    sync: watched('sync'),
    close: watched('close'),
    look: watched('look'),
    follow: watched('follow'),
    list: watched('list'),
    makeFolder: watched('makeFolder'),
    rename: watched('rename'),
    remove: watched('remove'),
    removeFolder: watched('removeFolder'),
  };
};
