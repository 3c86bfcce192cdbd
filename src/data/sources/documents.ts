/**
 * The documents of a text file in any form, piece by piece: a plain text is one document; JSON Lines and Parquet have one in each row. A file may be
 * larger than memory. Not here: which files (`paths.ts`), what is made of the documents (`text-source.ts`, `../prepare`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { unreadable } from '../../files/disk-fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { NotRegularError } from '../../files/read.js';
import { codeOf, messageOf } from '../../thrown.js';
import { looksLikeText } from '../token-files/text-like.js';
import { type ReadSoFar, unpackedPieces } from './compressed.js';
import { readCorpus } from './corpus.js';
import { jsonLines } from './json-lines.js';
import { notText, notUtf8 } from './not-text.js';
import { isParquet, parquetRows } from './parquet.js';
import type { Piece } from './piece.js';

export type TextForm = 'text' | 'json-lines' | 'parquet' | 'npm';

export interface TextFile {
  readonly path: string;
  readonly form: TextForm;
  /** The files on the disk, where these are others: those of an npm package, whose corpus is one text. */
  readonly parts?: readonly string[];
}

export const formNames: Readonly<Record<TextForm, string>> = {
  text: 'text',
  'json-lines': 'JSON Lines',
  parquet: 'Parquet',
  npm: 'text of an npm package',
};

/** Whether the documents of a form are known, rather than the file being one. */
export const hasRows = (form: TextForm): boolean => form === 'json-lines' || form === 'parquet';

/** The files on the disk that a text is read from. */
export const partsOf = ({ path, parts }: TextFile): readonly string[] => parts ?? [path];

/** The field, or the column, that contains the text by default. */
export const DEFAULT_FIELD = 'text';

const HEAD = 1 << 16;

/** The first decompressed bytes of a file, at most this many. */
const headOf = async (files: FileSystem, path: string): Promise<Uint8Array> => {
  for await (const piece of unpackedPieces(files, path)) return piece.subarray(0, HEAD);
  return new Uint8Array(0);
};

const endingOf = (path: string): string => path.replace(/\.(gz|zst)$/i, '').toLowerCase();

/** Whether the first line of a text is a JSON object with such a field. */
const beginsWithRow = (head: Uint8Array, field: string): boolean => {
  const [line = ''] = new TextDecoder().decode(head).replace(/^\s+/, '').split('\n', 1);
  if (!line.startsWith('{')) return false;
  const read = E.tryCatch((): unknown => JSON.parse(line), messageOf);
  return E.isRight(read) && typeof read.right === 'object' && read.right !== null && field in read.right;
};

const damaged = (path: string, error: unknown): Fault => {
  if (error instanceof NotRegularError) return inputFault(`${path}: ${error.message}; copy it into one, and name that`);
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return inputFault(`${path}: there is no such file; name another one`);
  // Errors of the system concern the file, those of a decompressor its content.
  return code !== undefined && /^E[A-Z]+$/.test(code)
    ? unreadable(error, `${path}: it cannot be read (${messageOf(error)}); name another file`)
    : inputFault(`${path}: the file is damaged or cut short (${messageOf(error)}); get it again`);
};

/** The form of a file's text, by its content. Left: not a text at all, or not readable. */
export const textFile = async (files: FileSystem, path: string, field: string): Promise<E.Either<Fault, TextFile>> => {
  try {
    if (isParquet(files, path)) return E.right({ path, form: 'parquet' });
    const head = await headOf(files, path);
    if (/\.(jsonl|ndjson)$/.test(endingOf(path)) || beginsWithRow(head, field)) return E.right({ path, form: 'json-lines' });
    if (looksLikeText(head, true)) return E.right({ path, form: 'text' });
    return E.left(notText(path, head));
  } catch (error) {
    return E.left(damaged(path, error));
  }
};

async function* plainText(files: FileSystem, path: string, read: ReadSoFar): AsyncGenerator<E.Either<Fault, Piece>> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const bytes of unpackedPieces(files, path, read)) {
    const text = E.tryCatch(() => decoder.decode(bytes, { stream: true }), messageOf);
    if (E.isLeft(text)) return yield E.left(notUtf8(path));
    yield E.right({ text: text.right, ends: false });
  }
  const last = E.tryCatch(() => decoder.decode(), messageOf);
  yield E.isLeft(last) ? E.left(notUtf8(path)) : E.right({ text: last.right, ends: true });
}

/** The corpus of an npm package, which is made of its files as a whole. */
async function* packageText(files: FileSystem, text: TextFile, read: ReadSoFar): AsyncGenerator<E.Either<Fault, Piece>> {
  const whole = await readCorpus(text.path)();
  if (E.isLeft(whole)) return yield whole;
  read(partsOf(text).reduce((sum, part) => sum + (files.follow(part)?.size ?? 0), 0));
  yield E.right({ text: whole.right, ends: true });
}

/** The pieces of a file's documents, in order. Nothing follows a left. */
export async function* piecesOf(
  files: FileSystem,
  text: TextFile,
  field: string,
  read: ReadSoFar = () => {},
): AsyncGenerator<E.Either<Fault, Piece>> {
  const { path, form } = text;
  try {
    yield* match(form)
      .with('text', () => plainText(files, path, read))
      .with('json-lines', () => jsonLines(files, path, field, read))
      .with('parquet', () => parquetRows(files, path, field, read))
      .with('npm', () => packageText(files, text, read))
      .exhaustive();
  } catch (error) {
    yield E.left(damaged(path, error));
  }
}
