/**
 * What vcycle asks of a disk, call by call. All that runner, checkpoints, store, sweep and reports read and write goes through this interface, so
 * that a test can put in a disk that is full, that loses what was not synced, or that dies half-way through a call. Not here: Node's disk
 * (`node-files.ts`), what is made of these calls (`read.ts`, `durable.ts`, `folder.ts`).
 */

/** What is under a path. */
export interface Status {
  readonly kind: 'file' | 'folder' | 'link' | 'pipe' | 'device' | 'socket';
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** How many names a file has (hard links). */
  readonly names: number;
}

/**
 * `read`: what is there, links followed, without waiting for the other end of a pipe. `new`: for writing at its end; nothing may be there
 * yet, not even a link that leads nowhere. `append`: an existing file, for writing at its end; not through a link. `folder`: to sync it.
 */
export type Opening = 'read' | 'new' | 'append' | 'folder';

/** Each call throws what the system says. An open file is a number, which the system chose. */
export interface FileSystem {
  open(path: string, how: Opening): number;
  /** @returns the bytes that were read from there on, which may be fewer than there is room for; 0 at the file's end. */
  read(file: number, into: Uint8Array, from: number): number;
  /** @returns the bytes that were written of `data` from `offset` on, which may be fewer than there are. */
  write(file: number, data: Uint8Array, offset: number): number;
  truncate(file: number, size: number): void;
  status(file: number): Status;
  sync(file: number): void;
  close(file: number): void;
  /** What is under the path itself, a link as a link; undefined where nothing does. */
  look(path: string): Status | undefined;
  /** What a path leads to; undefined where it leads nowhere. */
  follow(path: string): Status | undefined;
  /** Names in a folder. */
  list(path: string): readonly string[];
  makeFolder(path: string): void;
  rename(from: string, to: string): void;
  /** Removes a file or a link, which need not be there. */
  remove(path: string): void;
  /** Removes an empty folder. */
  removeFolder(path: string): void;
}
