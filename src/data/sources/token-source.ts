/** A source of token files as a dataset that is read in place: opening one of 20 GB reads some megabytes. Not here: texts. */
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readText } from '../../files/read.js';
import { messageOf } from '../../thrown.js';
import { digestWith, type Stored, storedDataset, type TextDataset, type TextSplit } from '../dataset.js';
import { type Documents, startsAtToken, withStarts } from '../document-starts.js';
import { blocksOf, digestOfTokens } from '../token-files/digest.js';
import { elementStore } from '../token-files/elements.js';
import { openedFile, tokenLayout } from '../token-files/formats.js';
import { megatronStarts } from '../token-files/megatron-documents.js';
import { PREPARED_FILES, type Prepared, readPrepared, sourceAt } from '../token-files/prepared.js';
import type { TokenLayout } from '../token-files/token-format.js';
import { joined, type TokenStore } from '../token-store.js';
import { tokenizerFromJson } from '../tokenizers/from-json.js';
import { openTokenizer, tokenizerNames } from '../tokenizers/open.js';
import { digestOfTokenizer, type Tokenizer } from '../tokenizers/tokenizer.js';
import { isForValidation, pathsOf, validationBeside } from './paths.js';

/** A file that cannot be opened, which is reported as for a text. */
const isUnreadable = (files: FileSystem, path: string): boolean => {
  if (files.follow(path)?.kind !== 'file') return false;
  const opened = E.tryCatch(() => files.open(path, 'read'), messageOf);
  if (E.isRight(opened)) files.close(opened.right);
  return E.isLeft(opened);
};

/** Where the tokens of a file are; undefined, and closed again, for a file that does not hold tokens. */
const layoutAt = (files: FileSystem, path: string): E.Either<Fault, TokenLayout | undefined> => {
  const opened = openedFile(files, path);
  const layout = tokenLayout(opened);
  if (E.isLeft(layout) || layout.right === undefined) files.close(opened.file);
  return layout;
};

/** An index is read with its tokens. */
const isIndex = (path: string, all: ReadonlySet<string>): boolean => path.endsWith('.idx') && all.has(path.replace(/\.idx$/, '.bin'));

const grouped = (number: number): string => number.toLocaleString('en-US');

const noTokenizer = (path: string): string =>
  `${path}: the file holds tokens, and which ones only the tokenizer knows that made them; say it: tokenizer 'gpt2' ` +
  `(or ${tokenizerNames.filter((name) => name !== 'characters' && name !== 'gpt2').join(', ')}, a tokenizer.json, a rank file)`;

/** What was examined of a store before a run begins: the number of tokens, and whether one of them begins a document. */
interface Looked {
  readonly tokens: number;
  readonly hasStart: boolean;
}

/** Examines as many ids as a digest reads bytes, so that a wrong tokenizer is reported before a run begins. */
const looked = (store: TokenStore): E.Either<Fault, Looked> => {
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

/** The sides of a source: the layouts of their files, in order. */
export interface Sides {
  readonly training: readonly TokenLayout[];
  readonly heldOut: readonly TokenLayout[];
}

const line = (layouts: readonly TokenLayout[]): string => {
  const tokens = layouts.reduce((sum, { length }) => sum + length, 0);
  const [first] = layouts;
  const where = layouts.length === 1 ? (first?.path ?? '') : `${first?.path ?? ''} and ${layouts.length - 1} more`;
  return `${where}: ${[...new Set(layouts.map(({ format }) => format))].join(', ')}, ${grouped(tokens)} tokens`;
};

/**
 * The files of a source that hold tokens; undefined where none does. Left: files of both kinds, a format that is damaged. Throws what the system
 * says.
 */
export const tokenSides = (files: FileSystem, source: string): E.Either<Fault, Sides | undefined> => {
  const found = pathsOf(files, source);
  if (E.isLeft(found)) return found;
  const { paths, single } = found.right;
  const beside = single ? validationBeside(files, source) : undefined;
  const all = new Set(paths);
  const layouts: TokenLayout[] = [];
  const others: string[] = [];
  for (const path of paths) {
    if (!single && isIndex(path, all)) continue;
    // What is not there, or is no file, is told as of a text.
    if (files.follow(path)?.kind !== 'file') return E.right(undefined);
    const layout = layoutAt(files, path);
    if (E.isLeft(layout)) return layout;
    if (layout.right === undefined) others.push(path);
    else layouts.push(layout.right);
  }
  const [first] = layouts;
  if (first === undefined) return E.right(undefined);
  if (others.length > 0)
    return E.left(
      inputFault(
        `${source}: the files must be of one kind (${first.path} holds tokens, ${others[0]} does not); name one kind by a pattern such as ${source.replace(/[/\\]+$/, '')}/*.bin`,
      ),
    );
  const training = single ? layouts : layouts.filter(({ path }) => !isForValidation(path));
  const heldOut = single ? [] : layouts.filter(({ path }) => isForValidation(path));
  if (training.length === 0)
    return E.left(inputFault(`${source}: some files must be for training (all are named for validation); name others as well`));
  if (beside === undefined) return E.right({ training, heldOut });
  const own = layoutAt(files, beside);
  if (E.isLeft(own)) return own;
  return E.right({ training, heldOut: own.right === undefined ? [] : [own.right] });
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

/** A folder that `vcycle prepare` made: its shards, and the tokenizer that made them. */
interface PreparedFolder {
  readonly sides: Sides;
  readonly prepared: Prepared;
}

/** Undefined for any other source. Left: a folder that is not finished, or whose shards are not those in its manifest. */
const preparedAt = (files: FileSystem, source: string): E.Either<Fault, PreparedFolder | undefined> => {
  const at = (name: string): string => join(source, name);
  const has = (name: string): boolean => files.follow(at(name))?.kind === 'file';
  if (files.follow(source)?.kind !== 'folder') return E.right(undefined);
  if (!has(PREPARED_FILES.manifest))
    return has(PREPARED_FILES.progress)
      ? E.left(inputFault(`${source}: the folder is not prepared to its end; give the same vcycle prepare again, which continues`))
      : E.right(undefined);
  const prepared = readPrepared(files, at(PREPARED_FILES.manifest));
  if (E.isLeft(prepared)) return prepared;
  const sides: Record<keyof Sides, TokenLayout[]> = { training: [], heldOut: [] };
  for (const [side, shards] of [
    ['training', prepared.right.training],
    ['heldOut', prepared.right.validation],
  ] as const)
    for (const { file, tokens } of shards) {
      if (!has(file))
        return E.left(inputFault(`${at(file)}: the shard must be there, as the manifest says (is not); prepare the folder again`));
      const layout = layoutAt(files, at(file));
      if (E.isLeft(layout)) return layout;
      if (layout.right?.length !== tokens)
        return E.left(
          inputFault(
            `${at(file)}: the shard must hold ${grouped(tokens)} tokens, as the manifest says (was ${grouped(layout.right?.length ?? 0)}); prepare the folder again`,
          ),
        );
      sides[side].push(layout.right);
    }
  return E.right({ sides, prepared: prepared.right });
};

const tokenizerAt = (files: FileSystem, path: string): E.Either<Fault, Tokenizer> => {
  const json = J.parse(readText(files, path));
  return E.isLeft(json)
    ? E.left(inputFault(`${path}: the file must be JSON, and is not: it is damaged; prepare the folder again`))
    : tokenizerFromJson(json.right);
};

/** The tokenizer of a prepared folder, which another name must mean as well. */
const preparedTokenizer = (files: FileSystem, source: string, name: string, { tokenizer }: Prepared): E.Either<Fault, Tokenizer> => {
  const path = join(source, PREPARED_FILES.tokenizer);
  const opened = name === 'characters' ? tokenizerAt(files, path) : openTokenizer(files, name);
  if (E.isLeft(opened) || digestOfTokenizer(opened.right) === tokenizer.digest) return opened;
  return E.left(
    inputFault(
      name === 'characters'
        ? `${path}: the tokenizer must be the one that made the shards (is another one); prepare the folder again`
        : `${source}: the tokenizer must be ${tokenizer.name}, which made the shards (was ${name}); leave it out, or prepare another folder`,
    ),
  );
};

/** Where the tokens of a source are, their tokenizer, and the manifest of a prepared folder. */
export interface TokensFound {
  readonly sides: Sides;
  readonly tokenizer: Tokenizer;
  readonly prepared?: Prepared;
}

/** Undefined where the source is not tokens. Throws errors of the system. */
export const tokensOf = (files: FileSystem, name: string, source: string): E.Either<Fault, TokensFound | undefined> => {
  if (source.startsWith('npm:') || isUnreadable(files, source)) return E.right(undefined);
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
      (error) => inputFault(`${split.source}: it cannot be read (${messageOf(error)}); name another file`),
    ),
  );
  if (E.isLeft(found)) return found;
  if (found.right === undefined) return E.right(undefined);
  const { sides, tokenizer: opened } = found.right;
  const tokens = stored(files, sides, { ...split, tokenizer: opened, documents });
  return E.isLeft(tokens) ? tokens : storedDataset(tokens.right, split);
};
