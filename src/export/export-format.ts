/** The contract of a format: what a saved model becomes in the files of another program. Not here: the formats (`model-formats.ts`), the disk (`place.ts`). */
import type * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../fault.js';
import type { SavedModel } from '../model/model-folder.js';

export interface Exported {
  /** One file, or the files of a folder by their names, of those in folders in it with `/`. */
  readonly content: Uint8Array | ReadonlyMap<string, Uint8Array>;
  /** What whoever opens it should know, a sentence each. */
  readonly notes: readonly string[];
}

/** Left: a model that the format cannot say, with why. Pure. */
export type Exporter = (saved: SavedModel) => E.Either<Fault, Exported>;

export interface ExportFormat {
  readonly makes: 'file' | 'folder';
  /** What it is, in a few words. */
  readonly description: string;
  readonly load: () => Promise<Exporter>;
}
