/**
 * Pipeline files that import vcycle and Node's own modules alone, as most do: transformed by oxc and run as one function, in a tenth of the time that a
 * loader for any file takes. Not here: that loader, which takes whatever is left to it and says what is wrong with a file (`pipeline-file.ts`).
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Script } from 'node:vm';
import type { SourceMap } from 'oxc-transform';

export interface Loader {
  /** The file's exports, once it has run. */
  readonly run: () => Promise<unknown>;
  /** The line of the file from which a place in what runs was made. */
  readonly lineOf: (line: number, column: number) => Promise<number>;
}

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/** What only CommonJS has, or depends on where a module is. */
const OF_LOADERS = /\b(?:require|module|exports|__dirname|__filename|import\s*\.\s*meta)\b/;

/** oxc's names for what a module is given. */
const GIVEN = ['__vite_ssr_import__', '__vite_ssr_exports__'] as const;

/** A name of these that a function is not given. */
const OTHERS = /__vite_ssr_(?:dynamic_import|exportAll|import_meta)__/;

const isKnown = (name: string): boolean => name === 'vcycle' || name.startsWith('node:');

interface Imported {
  readonly importedNames?: readonly string[];
}

/** The package, or the builders of pipelines alone where these are all that is imported. */
const vcycle = async (names: readonly string[] | undefined): Promise<object> => {
  const dsl = await import('../../../dsl/index.js');
  return names?.every((name) => name in dsl) === true ? dsl : import('../../index.js');
};

const imported = (name: string, { importedNames }: Imported = {}): Promise<unknown> =>
  name === 'vcycle' ? vcycle(importedNames) : import(name);

type Body = (load: typeof imported, exports: object) => Promise<void>;

const compiled = (path: string, code: string): Body | undefined => {
  try {
    const made = `'use strict'; (async function (${GIVEN.join()}) {\n${code}\n})`;
    return new Script(made, { filename: path, lineOffset: -1 }).runInThisContext();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** A platform without oxc has the other loader. */
const loadOxc = () => import('oxc-transform').catch(() => undefined);

/** @returns undefined for a file that needs the other loader, for whatever reason. Nothing of it has run then. */
export const standalone = async (path: string): Promise<Loader | undefined> => {
  if (!EXTENSIONS.includes(extname(path))) return undefined;
  const source = await readFile(path, 'utf8').catch(() => undefined);
  if (source === undefined || OF_LOADERS.test(source)) return undefined;
  const oxc = await loadOxc();
  if (oxc === undefined) return undefined;
  const plain = oxc.transformSync(path, source, { target: 'node20', sourcemap: true });
  if (plain.errors.length > 0) return undefined;
  const { code, deps, dynamicDeps, errors, map } = oxc.moduleRunnerTransformSync(path, plain.code, { sourcemap: true });
  const fits = errors.length === 0 && dynamicDeps.length === 0 && deps.includes('vcycle') && deps.every(isKnown) && !OTHERS.test(code);
  const body = fits ? compiled(path, code) : undefined;
  if (body === undefined) return undefined;
  return {
    run: async () => {
      const exports = Object.defineProperty({}, '__esModule', { value: true });
      await body(imported, exports);
      return exports;
    },
    lineOf: (line, column) => lineBefore([map, plain.map], line, column),
  };
};

/** @param maps of each transformation, the last one first. */
const lineBefore = async (maps: readonly (SourceMap | undefined)[], line: number, column: number): Promise<number> => {
  const { SourceMap: Reader } = await import('node:module');
  let at = { line, column };
  for (const map of maps) {
    if (map === undefined) continue;
    const found = new Reader({ ...map, file: '', sourceRoot: '', sourcesContent: [] }).findOrigin(at.line, at.column);
    if ('lineNumber' in found) at = { line: found.lineNumber, column: found.columnNumber };
  }
  return at.line;
};
