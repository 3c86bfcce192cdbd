/**
 * Loads a pipeline from a TypeScript or JavaScript file: its default export, or what a CommonJS file exports, unchecked. Inside the file, `vcycle` is
 * this package, wherever the file is. A file that cannot be loaded is a fault of the input, with its name and the line if known.
 * Not here: whether the export is a schedule (`load-pipeline.ts`).
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Jiti } from 'jiti';
import { type Fault, inputFault } from '../../fault.js';
import { isInvalid } from '../../invalid.js';
import { firstLineOf, isMissingModule } from '../../thrown.js';
import { onItsOwn } from './on-its-own.js';
import { type Loader, standalone } from './standalone-file.js';

/** The first place inside `path` that a stack or a parser's message names, as `:line`. */
const placeIn = async (path: string, error: unknown, { lineOf }: Loader): Promise<string> => {
  if (!(error instanceof Error)) return '';
  const text = `${error.message}\n${error.stack ?? ''}`;
  const after = text.split(path).slice(1);
  for (const rest of after) {
    const [, line, column = '1'] = /^:(\d+)(?::(\d+))?/.exec(rest) ?? [];
    if (line !== undefined) return `:${await lineOf(Number(line), Number(column))}`;
  }
  // Babel, which parses the file, ends its message with (line:column).
  const [, line] = /\((\d+):\d+\)\s*$/.exec(firstLineOf(error)) ?? [];
  return line === undefined ? '' : `:${line}`;
};

const isSyntaxError = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'SyntaxError' || error.message.startsWith('ParseError: '));

const faultOf = async (file: string, path: string, error: unknown, loader: Loader): Promise<Fault> => {
  const place = `${file}${await placeIn(path, error, loader)}`;
  const bare = firstLineOf(error);
  const message = bare
    .replace(`${path}: `, '')
    .replace(/^ParseError: /, '')
    .replace(/\s*\(\d+:\d+\)$/, '')
    // The loaded module's spelling of a name that the file imported.
    .replace(/\(0 , _\w+\.(\w+)\)/, '$1');
  if (isSyntaxError(error)) return inputFault(`${place}: syntax error: ${message}`);
  if (isMissingModule(error)) return inputFault(`${place}: an import was not found: ${message}; correct its path, or install the package`);
  return inputFault(`${place}: the pipeline file threw while it loaded: ${message}`);
};

/** Imports a file by its path, or by its text if its extension is in capitals (`.TS`), because the loader knows only the usual spelling. */
const importBy = async (jiti: Jiti, path: string): Promise<unknown> => {
  const extension = extname(path);
  const ext = extension.toLowerCase();
  if (ext === extension) return jiti.import(path);
  return jiti.evalModule(await readFile(path, 'utf8'), { filename: path, ext, async: true, forceTranspile: true });
};

const withJiti = async (path: string): Promise<unknown> => {
  const [{ createJiti }, vcycle] = await Promise.all([import('jiti'), import('../../index.js')]);
  process.setSourceMapsEnabled(true);
  const jiti = createJiti(import.meta.url, {
    virtualModules: { vcycle },
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    sourceMaps: true,
  });
  return importBy(jiti, path);
};

/** For any file; it also says what is wrong with one that cannot be loaded. */
const jitiLoader = (path: string): Loader => ({ run: () => withJiti(path), lineOf: async (line) => line });

/** Only data belongs on stdout, so what a pipeline file prints while it loads goes to stderr. */
const printingAside = async <A>(load: () => Promise<A>): Promise<A> => {
  const { log, info, debug } = console;
  Object.assign(console, { log: console.error, info: console.error, debug: console.error });
  try {
    return await load();
  } finally {
    Object.assign(console, { log, info, debug });
  }
};

/** Whether an export may be meant as a pipeline, valid or not; the named exports of a CommonJS file are not. */
const isMeant = (given: object): boolean =>
  Array.isArray(given) ||
  isInvalid(given) ||
  ('setup' in given && 'stages' in given) ||
  ('kind' in given && typeof given.kind === 'string');

/** `export default`; for a file that is not an ES module, the value of `module.exports =` or `export =`, which is an empty object if not assigned. */
const exportedBy = (module: unknown): unknown => {
  if (typeof module !== 'object' || module === null) return module;
  if ('default' in module && module.default !== undefined) return isDeepStrictEqual(module.default, {}) ? undefined : module.default;
  return '__esModule' in module || !isMeant(module) ? undefined : module;
};

const noExport =
  'a pipeline file must have a default export, such as `export default pipeline(setup, train(100))` (in CommonJS `module.exports = pipeline(…)`)';

/**
 * @param file the path as the user wrote it, for messages.
 * @param path the absolute path.
 */
export const defaultExport =
  (file: string, path: string): TE.TaskEither<Fault, unknown> =>
  async () => {
    const loader = (await standalone(path)) ?? jitiLoader(path);
    const module = await TE.tryCatch(
      () => printingAside(() => onItsOwn(loader.run)),
      (error) => error,
    )();
    if (E.isLeft(module)) return E.left(await faultOf(file, path, module.left, loader));
    const exported = exportedBy(module.right);
    return exported === undefined ? E.left(inputFault(`${file}: ${noExport}`)) : E.right(exported);
  };
