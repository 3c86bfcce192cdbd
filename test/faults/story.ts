/** What a user does, act by act, and whether the disk says that an act is done. Not a test itself. */

import type * as E from 'fp-ts/lib/Either.js';
import { gpt } from '../../dsl/index.js';
import { joined } from '../../src/byte-pieces.js';
import type { Fault } from '../../src/fault.js';
import type { FileSystem } from '../../src/files/file-system.js';
import type { Folder } from '../../src/files/folder.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { mortalSchedule } from '../runner/mortal-schedule.js';
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

/** Two levels, of two layers and of one. */
export const smallSchedule: Schedule = {
  ...mortalSchedule,
  setup: { ...mortalSchedule.setup, model: gpt({ layers: 2, heads: 1, width: 2, context: 3 }) },
};

/** The files in a folder, as text that can be compared. */
export const bytesIn = (folder: Folder, names = folder.names()): readonly (readonly [string, string])[] =>
  names.map((name) => [name, Buffer.from(joined(folder.read(name))).toString('base64')]);
