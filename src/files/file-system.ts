/**
 * The calls that vcycle makes to a disk. All reads and writes of runner, checkpoints, store, sweep and reports go through this interface,
 * so that a test can substitute a disk that is full, that loses what was not synced, or that dies in the middle of a call. Not here: Node's
 * disk (`node-files.ts`), what is built from these calls (`read.ts`, `durable.ts`, `folder.ts`).
 */

/** What exists at a path. */
export interface Status {
  readonly kind: 'file' | 'folder' | 'link' | 'pipe' | 'device' | 'socket';
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Number of names of a file (hard links). */
  readonly names: number;
}

/**
 * `read`: follows links, and does not wait for the other end of a pipe. `new`: for appending; nothing may exist yet, not even a dangling
 * link. `append`: an existing file, for appending; not through a link. `folder`: to sync it.
 */
export type Opening = 'read' | 'new' | 'append' | 'folder';

/** Each call throws the system's error. An open file is a number chosen by the system. */
export interface FileSystem {
  open(path: string, how: Opening): number;
  /** @returns the number of bytes read from that offset, which may be less than the room available; 0 at the end of the file. */
  read(file: number, into: Uint8Array, from: number): number;
  /** @returns the number of bytes of `data` written from `offset` on, which may be fewer than requested. */
  write(file: number, data: Uint8Array, offset: number): number;
  truncate(file: number, size: number): void;
  status(file: number): Status;
  sync(file: number): void;
  close(file: number): void;
  /** The status of the path itself, without following a link; undefined if nothing exists. */
  look(path: string): Status | undefined;
  /** The status of what a path leads to; undefined if it leads nowhere. */
  follow(path: string): Status | undefined;
  /** Names in a folder. */
  list(path: string): readonly string[];
  makeFolder(path: string): void;
  rename(from: string, to: string): void;
  /** Removes a file or a link, if it exists. */
  remove(path: string): void;
  /** Removes an empty folder. */
  removeFolder(path: string): void;
}
