/** What a user does, act by act, and whether the disk says that an act is done. Not a test itself. */
import type * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../../src/fault.js';
import type { FileSystem } from '../../src/files/file-system.js';
import type { Tree } from './memory-disk.js';

export interface Act {
  readonly name: string;
  readonly act: (files: FileSystem) => Promise<E.Either<Fault, void>>;
  /** A user who comes back does the first act that is not done. */
  readonly done: (files: FileSystem) => boolean;
}

export interface Story {
  /** What is on the disk before. */
  readonly before: Tree;
  readonly acts: readonly Act[];
  /** All that matters of what is left at the end. */
  readonly left: (files: FileSystem) => unknown;
}
