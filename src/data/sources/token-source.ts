/**
 * A source whose files hold tokens already, as a dataset that is read in place: opening one of 20 GB reads some megabytes. Not here: texts.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { messageOf } from '../../thrown.js';
import { digestWith, type Stored, storedDataset, type TextDataset, type TextSplit } from '../dataset.js';
import { blocksOf, digestOfTokens } from '../token-files/digest.js';
import { elementStore } from '../token-files/elements.js';
import { openedFile, tokenLayout } from '../token-files/formats.js';
import type { TokenLayout } from '../token-files/token-format.js';
import { joined, type TokenStore } from '../token-store.js';
import { openTokenizer, tokenizerNames } from '../tokenizers/open.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { isForValidation, pathsOf, validationBeside } from './paths.js';

/** A file that cannot even be opened, which is told as of a text. */
const isUnreadable = (files: FileSystem, path: string): boolean => {
  if (files.follow(path)?.kind !== 'file') return false;
  const opened = E.tryCatch(() => files.open(path, 'read'), messageOf);
  if (E.isRight(opened)) files.close(opened.right);
  return E.isLeft(opened);
};

/** Where the tokens of a file lie; undefined, and closed again, for one that is none of tokens. */
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

/** Looks at as many ids as a digest looks at bytes, so that a wrong tokenizer is told before a run begins. */
const looked = (store: TokenStore): E.Either<Fault, void> => {
  for (const [from, count] of blocksOf(0, store.length)) {
    const read = store.read(from, Math.min(count, 1 << 16));
    if (E.isLeft(read)) return E.left(inputFault(read.left.message));
  }
  return E.right(undefined);
};

/** The sides of a source: each file's layout, in their order. */
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
export const tokenSides = (files: FileSystem, source: string): E.Either<Fault, Sides | undefined> =>
  pipe(
    pathsOf(files, source),
    E.flatMap(({ paths, single }) => {
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
        return E.left(inputFault(`${source}: some files must be for training (all are named for validation); name others besides`));
      if (beside === undefined) return E.right({ training, heldOut });
      const own = layoutAt(files, beside);
      if (E.isLeft(own)) return own;
      return E.right({ training, heldOut: own.right === undefined ? [] : [own.right] });
    }),
  );

const stored = (files: FileSystem, { training, heldOut }: Sides, tokenizer: Tokenizer, share: number): E.Either<Fault, Stored> => {
  const vocabulary = { name: tokenizer.name, size: tokenizer.vocabulary };
  const stores = (layouts: readonly TokenLayout[]): readonly TokenStore[] =>
    layouts.map((layout) => elementStore(files, layout, vocabulary));
  const [ofTraining, ofHeldOut] = [stores(training), stores(heldOut)];
  const wrong = [...ofTraining, ...ofHeldOut].map(looked).find(E.isLeft);
  if (wrong !== undefined) return wrong;
  const source = JSON.stringify([training, heldOut].map((side) => side.map((layout) => digestOfTokens(files, layout))));
  const held = heldOut.length > 0 ? `held out: ${line(heldOut)}` : `held out: the last ${share} of them`;
  return E.right({
    tokens: joined(ofTraining),
    ...(heldOut.length > 0 ? { heldOut: joined(ofHeldOut) } : {}),
    tokenizer,
    digest: digestWith(tokenizer, source),
    found: [line(training), `${held}; tokenizer ${tokenizer.name}, ${grouped(tokenizer.vocabulary)} tokens`],
  });
};

/**
 * The dataset of token files; undefined where the source is none of them. Left: files of both kinds, no tokenizer, ids beyond it, a damaged file.
 */
export const tokenSource =
  (files: FileSystem, tokenizer: string, split: TextSplit): (() => E.Either<Fault, TextDataset | undefined>) =>
  () =>
    pipe(
      E.tryCatch(
        () => (split.source.startsWith('npm:') || isUnreadable(files, split.source) ? E.right(undefined) : tokenSides(files, split.source)),
        (error) => inputFault(`${split.source}: it cannot be read (${messageOf(error)}); name another file`),
      ),
      E.flatten,
      E.flatMap((sides) => {
        if (sides === undefined) return E.right(undefined);
        if (tokenizer === 'characters') return E.left(inputFault(noTokenizer(sides.training[0]?.path ?? split.source)));
        return pipe(
          openTokenizer(files, tokenizer),
          E.flatMap((opened) => stored(files, sides, opened, split.heldOut)),
          E.flatMap((found) => storedDataset(found, split)),
        );
      }),
    );
