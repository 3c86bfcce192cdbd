/**
 * The contract of a format: it converts a saved model to the files of another program. Not here: the formats (`model-formats.ts`), the disk
 * (`place.ts`).
 */

import type * as E from 'fp-ts/lib/Either.js';
import type { Bytes } from '../byte-pieces.js';
import type { Fault } from '../fault.js';
import type { SavedModel } from '../model/model-folder.js';

/** One file, or the files of a folder by name, with `/` for files in subfolders. */
export type Content = Bytes | ReadonlyMap<string, Bytes>;

/** A model that a format can hold. */
export interface Exported {
  /** Made when it is written: several formats are checked before one is, and each may take as much memory as the model. */
  readonly content: () => Content;
  /** What users of the export should know, one sentence each. */
  readonly notes: readonly string[];
}

/** Left: why the format cannot represent the model. Pure. */
export type Exporter = (saved: SavedModel) => E.Either<Fault, Exported>;

export interface ExportFormat {
  readonly makes: 'file' | 'folder';
  /** A short description. */
  readonly description: string;
  readonly load: () => Promise<Exporter>;
}
