/**
 * The manifest of a prepared folder: its sources, tokenizer, numbers of documents, bytes and tokens, and shards. During preparation the same is kept
 * under another name, as the record of progress. Not here: making it (`../prepare`), its shards' format (`llm-c.ts`).
 */
import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readAt, readText, withFile } from '../../files/read.js';
import { checked, count, list, number, optional, record, type Schema, text } from '../../record-schema.js';
import { blocksOf } from './digest.js';

export const PREPARED_FILES = {
  manifest: 'vcycle-data.json',
  progress: 'vcycle-data.part.json',
  tokenizer: 'vcycle-tokenizer.json',
} as const;

/** Raised whenever a key changes its meaning, or chunks change their borders. */
const VERSION = 1;

/** A file that was read, and what distinguishes it from another under the same name. */
export interface PreparedSource {
  readonly path: string;
  readonly bytes: number;
  readonly digest: string;
}

export interface PreparedShard {
  readonly file: string;
  readonly tokens: number;
}

/** The request: a folder continues only with the same one. */
export interface PreparedOrder {
  readonly version: number;
  readonly sources: readonly PreparedSource[];
  readonly field: string;
  readonly tokenizer: { readonly name: string; readonly digest: string; readonly vocabulary: number };
  /** The token that ends a document; absent where the tokenizer has none and a line break ends it. */
  readonly endOfText?: number;
  /** Share of the documents that were held out. */
  readonly heldOut: number;
}

export interface Prepared extends PreparedOrder {
  readonly documents: number;
  /** Of UTF-8. */
  readonly bytes: number;
  readonly tokens: number;
  readonly training: readonly PreparedShard[];
  readonly validation: readonly PreparedShard[];
  /** The number of chunks of the sources that the shards contain. */
  readonly chunks: number;
}

/** A name within the folder that cannot lead out of it. */
const isName = ({ file }: PreparedShard): boolean => !/[/\\\0]/.test(file) && file !== '..';

const shard: Schema<PreparedShard> = record<PreparedShard>({ file: text, tokens: count });

const schema: Schema<Prepared> = record<Prepared>({
  version: count,
  sources: list(record<PreparedSource>({ path: text, bytes: count, digest: text })),
  field: text,
  tokenizer: record<Prepared['tokenizer']>({ name: text, digest: text, vocabulary: count }),
  endOfText: optional(count),
  heldOut: number,
  documents: count,
  bytes: count,
  tokens: count,
  training: list(shard),
  validation: list(shard),
  chunks: count,
});

const decode = checked(schema);

export const orderOf = (order: Omit<PreparedOrder, 'version'>): PreparedOrder => ({ version: VERSION, ...order });

/** SHA-256 of a source's length and of blocks of it. Throws errors of the system. */
export const sourceAt = (files: FileSystem, path: string): PreparedSource =>
  withFile(files, path, (file, { size }) => {
    const hash = createHash('sha256').update(String(size));
    for (const [from, bytes] of blocksOf(0, size)) hash.update(readAt(files, file, from, bytes));
    return { path, bytes: size, digest: hash.digest('hex') };
  });

/** The same of a source that is several files: their sizes together, and what tells all of them. Throws what the system says. */
export const sourceOf = (files: FileSystem, path: string, parts: readonly string[]): PreparedSource => {
  if (parts.length === 1 && parts[0] === path) return sourceAt(files, path);
  const all = parts.map((part) => sourceAt(files, part));
  const hash = createHash('sha256').update(JSON.stringify(all.map(({ digest }) => digest)));
  return { path, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), digest: hash.digest('hex') };
};

/** Reads a manifest, finished or in progress. Left: one that is damaged, or of another version. Throws errors of the system. */
export const readPrepared = (files: FileSystem, path: string): E.Either<Fault, Prepared> => {
  const json = J.parse(readText(files, path));
  const again = 'remove the folder and prepare it again';
  if (E.isLeft(json)) return E.left(inputFault(`${path}: the file must be JSON, and is not: it is damaged; ${again}`));
  const read = decode(json.right);
  if (E.isLeft(read)) return E.left(inputFault(`${path}: ${read.left}; ${again}`));
  if (!(read.right.version !== VERSION || [...read.right.training, ...read.right.validation].every(isName)))
    return E.left(inputFault(`${path}: a shard must be a file of this folder; ${again}`));
  return read.right.version === VERSION
    ? read
    : E.left(inputFault(`${path}: the version must be ${VERSION} (was ${read.right.version}); ${again}`));
};
