/**
 * The files of a source that hold tokens, for training and for validation: each one's layout, nothing of its tokens. Not here: their tokenizer
 * (`token-source.ts`), folders that say themselves what they hold (`prepared-folder.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { openedFile, tokenLayout } from '../token-files/formats.js';
import type { TokenLayout } from '../token-files/token-format.js';
import { isForValidation, pathsOf, validationBeside } from './paths.js';

/** The sides of a source: the layouts of their files, in order. */
export interface Sides {
  readonly training: readonly TokenLayout[];
  readonly heldOut: readonly TokenLayout[];
}

/** Where the tokens of a file are; undefined, and closed again, for a file that does not hold tokens. */
export const layoutAt = (files: FileSystem, path: string): E.Either<Fault, TokenLayout | undefined> => {
  const opened = openedFile(files, path);
  const layout = tokenLayout(opened);
  if (E.isLeft(layout) || layout.right === undefined) files.close(opened.file);
  return layout;
};

/** An index is read with its tokens. */
const isIndex = (path: string, all: ReadonlySet<string>): boolean => path.endsWith('.idx') && all.has(path.replace(/\.idx$/, '.bin'));

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
