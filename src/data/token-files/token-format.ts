/** What a format of token files says of a file that is open: whether the file is one of its own, and where its tokens are. Not here: which formats there are (`formats.ts`). */
import type { Either } from 'fp-ts/lib/Either.js';
import type { Fault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import type { Elements } from './elements.js';
import type { MegatronIndex } from './megatron-documents.js';

/** A file that is open, and what it begins with. */
export interface OpenFile {
  readonly files: FileSystem;
  readonly path: string;
  readonly file: number;
  readonly size: number;
  readonly head: Uint8Array;
}

export interface TokenLayout extends Elements {
  /** Whose format it is, as people call it. */
  readonly format: string;
  /** Documents, where the format says how many. */
  readonly documents?: number;
  /** Where they begin, where a file beside the tokens says it. */
  readonly index?: MegatronIndex;
}

export interface TokenFormat {
  /** Whether the content says that the file is one of this format. */
  readonly matches: (opened: OpenFile) => boolean;
  /** Left: another version or byte order, or a file that is cut short. */
  readonly layout: (opened: OpenFile) => Either<Fault, TokenLayout>;
}
