/**
 * What a text setup names, as a dataset: files of tokens, else one plain text, else documents of any form. Node only. Not here: random tokens
 * (`load-dataset.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { unreadable } from '../../files/disk-fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readAt, withFile } from '../../files/read.js';
import { messageOf } from '../../thrown.js';
import { type Dataset, encodedDataset, oneDocument, storedDataset, type TextSplit, textDataset } from '../dataset.js';
import type { Documents } from '../document-starts.js';
import { openTokenizer } from '../tokenizers/open.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { compressionOf } from './compressed.js';
import { isNpm, npmFiles, readCorpus } from './corpus.js';
import { DEFAULT_FIELD, hasRows, type TextFile, textFile } from './documents.js';
import { pathsOf } from './paths.js';
import { textStored } from './text-source.js';
import { tokenSource } from './token-source.js';

export interface TextAsked {
  readonly tokenizer: string;
  /** The field or column that contains the text, if it is given. */
  readonly field?: string | undefined;
  /** Whether attention is to stay inside a document. */
  readonly documents?: Documents | undefined;
}

/** The text files of a source, with their forms. Left: a file without text. */
export const textFiles = async (files: FileSystem, source: string, field: string): Promise<E.Either<Fault, readonly TextFile[]>> => {
  if (isNpm(source))
    return E.map((parts: readonly string[]): readonly TextFile[] => [{ path: source, form: 'npm', parts }])(npmFiles(source));
  const named = E.flatten(
    E.tryCatch(
      () => pathsOf(files, source),
      (error) => unreadable(error, `${source}: it cannot be read (${messageOf(error)}); name another file`),
    ),
  );
  if (E.isLeft(named)) return named;
  const texts: TextFile[] = [];
  for (const path of named.right.paths) {
    const text = await textFile(files, path, field);
    if (E.isLeft(text)) return text;
    texts.push(text.right);
  }
  return E.right(texts);
};

const isCompressed = (files: FileSystem, path: string): boolean =>
  compressionOf(withFile(files, path, (file) => readAt(files, file, 0, 4))) !== undefined;

/** A field was given for tokens. */
export const noFieldOfTokens = (source: string, field: string): Fault =>
  inputFault(`${source}: a field (${JSON.stringify(field)}) is one of a text, and these are tokens; leave it out`);

/** A field was given for plain text. */
export const noField = (source: string, field: string): Fault =>
  inputFault(
    `${source}: a field (${JSON.stringify(field)}) is one of JSON Lines or a column of Parquet, and this is a plain text; leave it out`,
  );

/** A text as a whole, in memory. */
const plainText = async (tokenizer: Tokenizer | undefined, split: TextSplit, documents: Documents): Promise<E.Either<Fault, Dataset>> => {
  const text = await readCorpus(split.source)();
  if (E.isLeft(text)) return text;
  if (documents === 'separate') return E.left(inputFault(oneDocument(split.source)));
  return tokenizer === undefined ? textDataset(text.right, split) : encodedDataset(text.right, tokenizer, split);
};

/** Whether a source is a single text, or is not there: `readCorpus` then reports what is wrong. */
const isPlain = (files: FileSystem, source: string): boolean => {
  if (isNpm(source)) return true;
  const kind = files.follow(source)?.kind;
  return kind === undefined ? !/[*?[\]{}]/.test(source) : kind !== 'file' && kind !== 'folder';
};

export const loadText = async (files: FileSystem, asked: TextAsked, split: TextSplit): Promise<E.Either<Fault, Dataset>> => {
  const loaded = await load(files, asked, split);
  if (E.isLeft(loaded) || loaded.right.kind !== 'text' || asked.documents !== 'separate') return loaded;
  const { found = [] } = loaded.right;
  return E.right({ ...loaded.right, found: [...found, 'documents are kept separate: attention and positions begin again in each'] });
};

const load = async (
  files: FileSystem,
  { tokenizer: name, field, documents = 'joined' }: TextAsked,
  split: TextSplit,
): Promise<E.Either<Fault, Dataset>> => {
  const { source } = split;
  const tokens = tokenSource(files, name, split, documents);
  if (E.isLeft(tokens)) return tokens;
  if (tokens.right !== undefined) return field === undefined ? E.right(tokens.right) : E.left(noFieldOfTokens(source, field));
  const opened = name === 'characters' ? E.right(undefined) : openTokenizer(files, name);
  if (E.isLeft(opened)) return opened;
  if (isPlain(files, source)) return field === undefined ? plainText(opened.right, split, documents) : E.left(noField(source, field));
  const texts = await textFiles(files, source, field ?? DEFAULT_FIELD);
  if (E.isLeft(texts)) return texts;
  const [only] = texts.right;
  if (only?.form === 'text' && texts.right.length === 1 && only.path === source && !isCompressed(files, source))
    return field === undefined ? plainText(opened.right, split, documents) : E.left(noField(source, field));
  if (field !== undefined && !texts.right.some(({ form }) => hasRows(form))) return E.left(noField(source, field));
  const stored = await textStored(files, texts.right, { source, field: field ?? DEFAULT_FIELD, tokenizer: opened.right, documents });
  return E.isLeft(stored) ? stored : storedDataset(stored.right, split);
};
