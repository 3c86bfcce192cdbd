/** A source of token files as a dataset that is read in place: opening one of 20 GB reads some megabytes. Not here: texts. */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { unreadable } from '../../files/disk-fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { grouped } from '../../shown-value.js';
import { messageOf } from '../../thrown.js';
import { digestWith, type Stored, storedDataset, type TextDataset, type TextSplit } from '../dataset.js';
import { type Documents, startsAtToken, withStarts } from '../document-starts.js';
import { blocksOf, digestOfTokens } from '../token-files/digest.js';
import { elementStore } from '../token-files/elements.js';
import { megatronStarts } from '../token-files/megatron-documents.js';
import { type Prepared, sourceAt } from '../token-files/prepared.js';
import type { TokenLayout } from '../token-files/token-format.js';
import { joined, type TokenStore } from '../token-store.js';
import { openTokenizer, tokenizerNames } from '../tokenizers/open.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { isNpm } from './corpus.js';
import { preparedAt, preparedTokenizer } from './prepared-folder.js';
import { type Sides, tokenSides } from './token-sides.js';

/** A file that cannot be opened, which is reported as for a text. */
const isUnreadable = (files: FileSystem, path: string): boolean => {
  if (files.follow(path)?.kind !== 'file') return false;
  const opened = E.tryCatch(() => files.open(path, 'read'), messageOf);
  if (E.isRight(opened)) files.close(opened.right);
  return E.isLeft(opened);
};

const noTokenizer = (path: string): string =>
  `${path}: the file holds tokens, and which ones only the tokenizer knows that made them; say it: tokenizer 'gpt2' ` +
  `(or ${tokenizerNames.filter((name) => name !== 'characters' && name !== 'gpt2').join(', ')}, a tokenizer.json, a rank file)`;

/** What was examined of a store before a run begins: the number of tokens, and whether one of them begins a document. */
interface Looked {
  readonly tokens: number;
  readonly hasStart: boolean;
}

/** Examines as many ids as a digest reads bytes, so that a wrong tokenizer is reported before a run begins. */
export const looked = (store: TokenStore): E.Either<Fault, Looked> => {
  let [tokens, hasStart] = [0, false];
  for (const [from, count] of blocksOf(0, store.length)) {
    const read = store.read(from, Math.min(count, 1 << 16));
    if (E.isLeft(read)) return E.left(inputFault(read.left.message));
    tokens += read.right.length;
    const starts = hasStart ? undefined : store.documentStarts?.(from, read.right);
    if (starts !== undefined && E.isLeft(starts)) return E.left(inputFault(starts.left.message));
    // The very first token begins a document, but is not a border between two.
    hasStart ||= (starts?.right ?? []).some((place) => from + place > 0);
  }
  return E.right({ tokens, hasStart });
};

/** The store with its documents: by an index beside it, else by the token that ends one. */
const separated = (
  files: FileSystem,
  store: TokenStore,
  { path, index }: TokenLayout,
  tokenizer: Tokenizer,
): E.Either<Fault, TokenStore> => {
  const { endOfText, name } = tokenizer;
  if (index !== undefined) return E.right(withStarts(store, megatronStarts(files, index, { store, endOfText })));
  return endOfText === undefined
    ? E.left(
        inputFault(
          `${path}: to keep documents separate, the tokenizer must have an end-of-text token, which tells them apart (${name} has none); ` +
            'leave documents joined, or take tokens of another tokenizer',
        ),
      )
    : E.right(withStarts(store, startsAtToken(endOfText)));
};

const noBorder = (source: string, { endOfText }: Tokenizer, tokens: number): string =>
  `${source}: to keep documents separate, the tokens must hold ${endOfText === undefined ? 'more than one' : `the end of text (${endOfText})`} ` +
  `(was none in the ${grouped(tokens)} that were looked at); leave documents joined, or write the tokens again with it between documents`;

const line = (layouts: readonly TokenLayout[]): string => {
  const tokens = layouts.reduce((sum, { length }) => sum + length, 0);
  const [first] = layouts;
  const where = layouts.length === 1 ? (first?.path ?? '') : `${first?.path ?? ''} and ${layouts.length - 1} more`;
  return `${where}: ${[...new Set(layouts.map(({ format }) => format))].join(', ')}, ${grouped(tokens)} tokens`;
};

/** How tokens become a dataset: what the setup says besides where they are. */
interface StoredAs extends Pick<TextSplit, 'source' | 'heldOut'> {
  readonly tokenizer: Tokenizer;
  readonly documents: Documents;
}

const stored = (
  files: FileSystem,
  { training, heldOut }: Sides,
  { source, heldOut: share, tokenizer, documents }: StoredAs,
): E.Either<Fault, Stored> => {
  const vocabulary = { name: tokenizer.name, size: tokenizer.vocabulary };
  const separate = documents === 'separate';
  const stores = E.traverseArray((layout: TokenLayout): E.Either<Fault, TokenStore> => {
    const store = elementStore(files, layout, vocabulary);
    return separate ? separated(files, store, layout, tokenizer) : E.right(store);
  });
  const ofTraining = stores(training);
  if (E.isLeft(ofTraining)) return ofTraining;
  const ofHeldOut = stores(heldOut);
  if (E.isLeft(ofHeldOut)) return ofHeldOut;
  const seen = E.traverseArray(looked)([...ofTraining.right, ...ofHeldOut.right]);
  if (E.isLeft(seen)) return seen;
  if (separate && !seen.right.some(({ hasStart }) => hasStart))
    return E.left(
      inputFault(
        noBorder(
          source,
          tokenizer,
          seen.right.reduce((sum, { tokens }) => sum + tokens, 0),
        ),
      ),
    );
  const digestOf = (layout: TokenLayout): readonly string[] => [
    digestOfTokens(files, layout),
    ...(separate && layout.index !== undefined ? [sourceAt(files, layout.index.path).digest] : []),
  ];
  const digest = JSON.stringify([training, heldOut].map((side) => side.flatMap(digestOf)));
  const held = heldOut.length > 0 ? `held out: ${line(heldOut)}` : `held out: the last ${share} of them`;
  return E.right({
    tokens: joined(ofTraining.right),
    ...(heldOut.length > 0 ? { heldOut: joined(ofHeldOut.right) } : {}),
    tokenizer,
    digest: digestWith(tokenizer, digest),
    found: [line(training), `${held}; tokenizer ${tokenizer.name}, ${grouped(tokenizer.vocabulary)} tokens`],
  });
};

/** Where the tokens of a source are, their tokenizer, and the manifest of a prepared folder. */
export interface TokensFound {
  readonly sides: Sides;
  readonly tokenizer: Tokenizer;
  readonly prepared?: Prepared;
}

/** Undefined where the source is not tokens. Throws errors of the system. */
export const tokensOf = (files: FileSystem, name: string, source: string): E.Either<Fault, TokensFound | undefined> => {
  if (isNpm(source) || isUnreadable(files, source)) return E.right(undefined);
  const prepared = preparedAt(files, source);
  if (E.isLeft(prepared)) return prepared;
  if (prepared.right !== undefined) {
    const found = prepared.right;
    return E.map((tokenizer: Tokenizer) => ({ ...found, tokenizer }))(preparedTokenizer(files, source, name, found.prepared));
  }
  const sides = tokenSides(files, source);
  if (E.isLeft(sides)) return sides;
  const found = sides.right;
  if (found === undefined) return E.right(undefined);
  if (name === 'characters') return E.left(inputFault(noTokenizer(found.training[0]?.path ?? source)));
  return E.map((tokenizer: Tokenizer) => ({ sides: found, tokenizer }))(openTokenizer(files, name));
};

/** In whose format a source holds tokens; undefined where it holds none. Left: a damaged file, files of both kinds. */
export const tokensIn = (files: FileSystem, tokenizer: string, source: string): E.Either<Fault, string | undefined> => {
  const cannot = (error: unknown): Fault => unreadable(error, `${source}: it cannot be read (${messageOf(error)}); name another file`);
  const found = E.flatten(E.tryCatch(() => tokensOf(files, tokenizer, source), cannot));
  return E.map((tokens: TokensFound | undefined) =>
    tokens?.prepared === undefined ? tokens?.sides.training[0]?.format : 'prepared by vcycle',
  )(found);
};

/**
 * The dataset of token files; undefined where the source is none of them. Left: files of both kinds, no tokenizer, ids beyond it, a damaged file.
 */
export const tokenSource = (
  files: FileSystem,
  tokenizer: string,
  split: TextSplit,
  documents: Documents,
): E.Either<Fault, TextDataset | undefined> => {
  const found = E.flatten(
    E.tryCatch(
      () => tokensOf(files, tokenizer, split.source),
      (error) => unreadable(error, `${split.source}: it cannot be read (${messageOf(error)}); name another file`),
    ),
  );
  if (E.isLeft(found)) return found;
  if (found.right === undefined) return E.right(undefined);
  const { sides, tokenizer: opened } = found.right;
  const tokens = stored(files, sides, { ...split, tokenizer: opened, documents });
  return E.isLeft(tokens) ? tokens : storedDataset(tokens.right, split);
};
