/**
 * Loads a pipeline out of a TypeScript or JavaScript file: its default export, unchecked. `vcycle` inside the file is this very
 * package, wherever the file lies. A file that cannot be loaded is the user's to mend: a sentence with its name, and line where known.
 * Not here: whether the export is a schedule (`load-pipeline.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { onItsOwn } from './on-its-own.js';

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

/** The first place inside `path` that a stack or a parser's message names, as `:line` or `:line:column`. */
const placeIn = (path: string, error: unknown): string => {
  if (!(error instanceof Error)) return '';
  const text = `${error.message}\n${error.stack ?? ''}`;
  const after = text.split(path).slice(1);
  for (const rest of after) {
    const [, line] = /^:(\d+)/.exec(rest) ?? [];
    if (line !== undefined) return `:${line}`;
  }
  // Babel, which reads the file, ends its message with (line:column).
  const [, line] = /\((\d+):\d+\)\s*$/.exec(firstLine(error.message)) ?? [];
  return line === undefined ? '' : `:${line}`;
};

const isMissingModule = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND');

const isSyntaxError = (error: unknown): error is Error =>
  error instanceof Error && (error.name === 'SyntaxError' || error.message.startsWith('ParseError: '));

const faultOf = (file: string, path: string, error: unknown): Fault => {
  const place = `${file}${placeIn(path, error)}`;
  const bare = firstLine(error instanceof Error ? error.message : String(error));
  const message = bare
    .replace(`${path}: `, '')
    .replace(/^ParseError: /, '')
    .replace(/\s*\(\d+:\d+\)$/, '')
    // How the loaded module spells a name that the file imported.
    .replace(/\(0 , _\w+\.(\w+)\)/, '$1');
  if (isSyntaxError(error)) return inputFault(`${place}: syntax error: ${message}`);
  if (isMissingModule(error)) return inputFault(`${place}: an import was not found: ${message}; mend its path, or install the package`);
  return inputFault(`${place}: the pipeline file threw while it loaded: ${message}`);
};

const importFile = async (path: string): Promise<unknown> => {
  const [{ createJiti }, vcycle] = await Promise.all([import('jiti'), import('../../index.js')]);
  process.setSourceMapsEnabled(true);
  const jiti = createJiti(import.meta.url, {
    virtualModules: { vcycle },
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    sourceMaps: true,
  });
  // Data alone belongs on stdout: what a pipeline file prints while it loads goes to stderr.
  const { log, info, debug } = console;
  Object.assign(console, { log: console.error, info: console.error, debug: console.error });
  try {
    return await onItsOwn(() => jiti.import(path));
  } finally {
    Object.assign(console, { log, info, debug });
  }
};

const hasDefault = (module: unknown): module is { readonly default: unknown } =>
  typeof module === 'object' && module !== null && 'default' in module && module.default !== undefined;

/**
 * @param file as the user wrote it, for messages.
 * @param path absolute.
 */
export const defaultExport = (file: string, path: string): TE.TaskEither<Fault, unknown> =>
  pipe(
    TE.tryCatch(
      () => importFile(path),
      (error) => faultOf(file, path, error),
    ),
    TE.flatMapEither((module) =>
      hasDefault(module)
        ? E.right(module.default)
        : E.left(inputFault(`${file}: a pipeline file must have a default export, such as \`export default pipeline(setup, train(100))\``)),
    ),
  );
