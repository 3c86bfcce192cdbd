/**
 * The files that a source names: a single one, those of a folder and its subfolders, or those that match a pattern; and which of them are for
 * validation. Not here: their content.
 */
import { basename, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { globSync } from 'tinyglobby';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';

/** Whether a name is a pattern. A file that has exactly this name is meant by it. */
const isPattern = (source: string): boolean => /[*?[\]{}]/.test(source);

const isHidden = (name: string): boolean => name.startsWith('.');

const under = (files: FileSystem, folder: string): readonly string[] =>
  files
    .list(folder)
    .filter((name) => !isHidden(name))
    .flatMap((name) => {
      const path = join(folder, name);
      const kind = files.follow(path)?.kind;
      // A link to a folder may form a cycle.
      if (kind === 'folder') return files.look(path)?.kind === 'folder' ? under(files, path) : [];
      return kind === 'file' ? [path] : [];
    });

/** By code units, so that the tokens are in the same order whatever order the file system lists. */
const sorted = (paths: readonly string[]): readonly string[] => [...paths].sort((a, b) => (a < b ? -1 : 1));

export interface Named {
  readonly paths: readonly string[];
  /** Whether the source is one file, named as itself. */
  readonly single: boolean;
}

/**
 * Left: a folder or a pattern without files. A single file need not exist: reading it reports that. Throws errors of the system.
 *
 * @example
 * pathsOf(nodeFiles, 'data/fineweb_train_*.bin') // right, with paths in the order of their names
 */
export const pathsOf = (files: FileSystem, source: string): E.Either<Fault, Named> => {
  const kind = files.follow(source)?.kind;
  if (kind === 'folder') {
    const paths = sorted(under(files, source));
    return paths.length > 0
      ? E.right({ paths, single: false })
      : E.left(inputFault(`${source}: the folder must hold files (holds none); name another one`));
  }
  if (kind !== undefined || !isPattern(source)) return E.right({ paths: [source], single: true });
  const paths = sorted(globSync(source, { onlyFiles: true, expandDirectories: false }));
  return paths.length > 0
    ? E.right({ paths, single: false })
    : E.left(inputFault(`${source}: no file matches this pattern; look for another one with ls`));
};

/** Files that are named for validation, as nanoGPT, llm.c and modded-nanogpt name theirs: `val.bin`, `fineweb_val_000000.bin`. */
export const isForValidation = (path: string): boolean => /(^|[^a-z])(val|valid|validation)([^a-z]|$)/i.test(basename(path));

/** `val.bin` beside `train.bin`: where a single file is named for training and such a file is beside it. */
export const validationBeside = (files: FileSystem, path: string): string | undefined => {
  const name = basename(path);
  const other = name.replace(/(^|[^a-z])train([^a-z]|$)/i, '$1val$2');
  if (other === name) return undefined;
  const beside = path.slice(0, path.length - name.length) + other;
  return files.follow(beside)?.kind === 'file' ? beside : undefined;
};
