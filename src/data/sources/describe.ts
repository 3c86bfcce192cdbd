/** What a file or a folder contains, without reading all of it: form, sizes, and how it begins. Not here: training on it. */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { unreadable } from '../../files/disk-fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { messageOf } from '../../thrown.js';
import { elementStore } from '../token-files/elements.js';
import type { Prepared } from '../token-files/prepared.js';
import type { TokenLayout } from '../token-files/token-format.js';
import { openTokenizer } from '../tokenizers/open.js';
import { DEFAULT_FIELD, formNames, hasRows, partsOf, piecesOf, type TextFile } from './documents.js';
import { noField, noFieldOfTokens, textFiles } from './load-text.js';
import { preparedAt } from './prepared-folder.js';
import { tokenSides } from './token-sides.js';
import { looked, tokensOf } from './token-source.js';

export interface Described {
  /** `JSON Lines`, `llm.c's`. */
  readonly kind: string;
  readonly files: number;
  /** On the disk. */
  readonly bytes: number;
  readonly tokens?: { readonly training: number; readonly heldOut: number };
  readonly tokenizer?: { readonly name: string; readonly vocabulary: number };
  /** Bytes of UTF-8 that a token stands for, in the beginning of a text. */
  readonly bytesPerToken?: number;
  readonly documents?: number;
  readonly prepared?: Prepared;
  /** Its beginning as text; for tokens without a known tokenizer, the first ids. */
  readonly begins: string;
}

export interface DescribeOptions {
  readonly tokenizer?: string | undefined;
  readonly field?: string | undefined;
}

/** The numbers of tokens and characters that are shown. */
const TOKENS = 200;
const CHARACTERS = 600;
/** Characters of a text that are tokenized, to tell how long tokens are. */
const TOKENIZED = 1 << 16;

/** Without half of the last character. */
const shortened = (text: string): string => text.slice(0, CHARACTERS).replace(/[\ud800-\udbff]$/, '');

const total = (layouts: readonly TokenLayout[], of: (layout: TokenLayout) => number): number =>
  layouts.reduce((sum, layout) => sum + of(layout), 0);

/** The first tokens of a file, as numbers below 2^31. */
const firstTokens = (files: FileSystem, layout: TokenLayout, vocabulary: { readonly name: string; readonly size: number }) =>
  elementStore(files, layout, vocabulary).read(0, Math.min(TOKENS, layout.length));

const ofTokens = (files: FileSystem, source: string, { tokenizer, field }: DescribeOptions): E.Either<Fault, Described | undefined> => {
  // What a prepared folder says against itself is no matter of a tokenizer.
  const prepared = preparedAt(files, source);
  if (E.isLeft(prepared)) return prepared;
  const found = tokensOf(files, tokenizer ?? 'characters', source);
  // Without a tokenizer only the layout is described.
  const layoutOnly = tokenizer === undefined && prepared.right === undefined;
  const sides = E.isRight(found) ? E.right(found.right?.sides) : layoutOnly ? tokenSides(files, source) : found;
  if (E.isLeft(sides)) return sides;
  if (sides.right === undefined) return E.right(undefined);
  if (field !== undefined) return E.left(noFieldOfTokens(source, field));
  const { training, heldOut } = sides.right;
  const [first] = training;
  if (first === undefined) throw new Error('a source of tokens has some to train on');
  const all = [...training, ...heldOut];
  const opened = E.isRight(found) ? found.right : undefined;
  const vocabulary = { name: opened?.tokenizer.name ?? 'of 31 bits', size: opened?.tokenizer.vocabulary ?? 2 ** 31 };
  const tokens = firstTokens(files, first, vocabulary);
  if (E.isLeft(tokens)) return E.left(inputFault(tokens.left.message));
  // As a run does that would begin with them.
  const fit = E.traverseArray((layout: TokenLayout) => looked(elementStore(files, layout, vocabulary)))(all);
  if (E.isLeft(fit)) return fit;
  const documents =
    opened?.prepared?.documents ??
    (all.every((each) => each.documents !== undefined) ? total(all, (each) => each.documents ?? 0) : undefined);
  return E.right({
    kind: opened?.prepared === undefined ? [...new Set(all.map(({ format }) => format))].join(', ') : 'prepared by vcycle',
    files: all.length,
    bytes: total(all, ({ file }) => files.status(file).size),
    tokens: { training: total(training, ({ length }) => length), heldOut: total(heldOut, ({ length }) => length) },
    ...(opened === undefined ? {} : { tokenizer: { name: opened.tokenizer.name, vocabulary: opened.tokenizer.vocabulary } }),
    ...(documents === undefined ? {} : { documents }),
    ...(opened?.prepared === undefined ? {} : { prepared: opened.prepared }),
    begins: opened === undefined ? `${[...tokens.right.subarray(0, 16)].join(' ')} …` : shortened(opened.tokenizer.decode(tokens.right)),
  });
};

/** What a tokenizer makes of the beginning of a text. */
const tokenized = (files: FileSystem, name: string, begins: string): E.Either<Fault, Pick<Described, 'tokenizer' | 'bytesPerToken'>> => {
  if (name === 'characters')
    return E.left(
      inputFault('characters are numbered by the whole text, which vcycle plan reads; leave the tokenizer out, or name another'),
    );
  const tokenizer = openTokenizer(files, name);
  if (E.isLeft(tokenizer)) return tokenizer;
  const tokens = tokenizer.right.encode(begins);
  return E.map(({ length }: Int32Array) => ({
    tokenizer: { name: tokenizer.right.name, vocabulary: tokenizer.right.vocabulary },
    ...(length === 0 ? {} : { bytesPerToken: new TextEncoder().encode(begins).length / length }),
  }))(tokens);
};

/** The beginnings of documents, on lines of their own, until there is enough of them; empty ones are omitted, as in training. */
const beginningOf = async (
  files: FileSystem,
  texts: readonly TextFile[],
  field: string,
  enough: number,
): Promise<E.Either<Fault, string>> => {
  let begins = '';
  let ended = false;
  for (const text of texts) {
    for await (const piece of piecesOf(files, text, field)) {
      if (E.isLeft(piece)) return piece;
      if (piece.right.text !== '') {
        begins += `${ended ? '\n' : ''}${piece.right.text}`;
        ended = false;
      }
      if (begins.length >= enough) return E.right(begins);
      ended ||= piece.right.ends && begins !== '';
    }
    // Each file is described by its form; the text of the first that has some shows how it begins.
    if (begins !== '') break;
  }
  return E.right(begins);
};

const ofTexts = async (
  files: FileSystem,
  source: string,
  { field: asked, tokenizer }: DescribeOptions,
): Promise<E.Either<Fault, Described>> => {
  const field = asked ?? DEFAULT_FIELD;
  const texts = await textFiles(files, source, field);
  if (E.isLeft(texts)) return texts;
  if (asked !== undefined && !texts.right.some(({ form }) => hasRows(form))) return E.left(noField(source, asked));
  const bytes = texts.right.flatMap(partsOf).reduce((sum, path) => sum + (files.follow(path)?.size ?? 0), 0);
  if (bytes === 0) return E.left(inputFault(`${source}: there must be something in it (is empty); name another file or folder`));
  const beginning = await beginningOf(files, texts.right, field, tokenizer === undefined ? CHARACTERS : TOKENIZED);
  if (E.isLeft(beginning)) return beginning;
  const begins = beginning.right;
  if (begins === '') return E.left(inputFault(`${source}: the source must hold text (holds none); name another one`));
  const of = tokenizer === undefined ? E.right({}) : tokenized(files, tokenizer, begins.slice(0, TOKENIZED));
  if (E.isLeft(of)) return of;
  return E.right({
    kind: [...new Set(texts.right.map(({ form }) => formNames[form]))].join(', '),
    files: texts.right.length,
    bytes,
    ...of.right,
    begins: shortened(begins),
  });
};

/** Left: nothing there, damaged content, a tokenizer that does not fit the tokens. */
export const describeSource = async (files: FileSystem, source: string, options: DescribeOptions): Promise<E.Either<Fault, Described>> => {
  const cannot = (thrown: unknown): Fault =>
    unreadable(thrown, `${source}: it cannot be read (${messageOf(thrown)}); name another file or folder`);
  const tokens = E.flatten(E.tryCatch(() => ofTokens(files, source, options), cannot));
  if (E.isLeft(tokens)) return tokens;
  return tokens.right === undefined ? ofTexts(files, source, options) : E.right(tokens.right);
};
