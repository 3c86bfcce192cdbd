/**
 * The contract of a format of token files: whether an open file has this format, and where its tokens are. Not here: which formats there are
 * (`formats.ts`).
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { Fault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import type { Elements } from './elements.js';
import type { MegatronIndex } from './megatron-documents.js';

/** An open file, and its first bytes. */
export interface OpenFile {
  readonly files: FileSystem;
  readonly path: string;
  readonly file: number;
  readonly size: number;
  readonly head: Uint8Array;
}

export interface TokenLayout extends Elements {
  /** The name of the format, for people. */
  readonly format: string;
  /** The number of documents, where the format records it. */
  readonly documents?: number;
  /** Where they begin, where a file beside the tokens records it. */
  readonly index?: MegatronIndex;
}

export interface TokenFormat {
  /** Whether the content shows that the file has this format. */
  readonly matches: (opened: OpenFile) => boolean;
  /** Left: another version or byte order, or a file that is cut short. */
  readonly layout: (opened: OpenFile) => Either<Fault, TokenLayout>;
}
