/**
 * Checks the types of one pipeline file with its own project's TypeScript and settings: the file and its imports, and nothing else of the project. Not
 * here: what the pipeline means, which the verifier checks.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, parse, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../../fault.js';
import { isOptions, type Options } from '../../options.js';
import { messageOf } from '../../thrown.js';
import { type Compiler, compilerFor, resolveFrom, runCompiler } from './compiler.js';
import { type TypeFault, typeFaultsIn } from './type-faults.js';

export type TypeCheck =
  | { readonly kind: 'unchecked'; readonly why: string }
  | {
      readonly kind: 'checked';
      readonly typescript: string;
      /** The path of the settings, relative to the working directory; undefined if there are none and vcycle's are used. */
      readonly config?: string;
      readonly errors: readonly TypeFault[];
    };

const CONFIG = 'tsconfig.json';

/** The folders from a file's own up to the root. */
const foldersAbove = (folder: string): readonly string[] => {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)];
};

const configFor = (path: string): string | undefined =>
  foldersAbove(dirname(path))
    .map((folder) => join(folder, CONFIG))
    .find((config) => existsSync(config));

/** For a project without settings: strict, with modules as `vcycle run` loads them. */
const USUAL = { strict: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true };

/** The effective settings of a project's file, with all that it extends; none if the compiler cannot show them. */
const settingsOf = async (compiler: Compiler, config: string | undefined): Promise<Options> => {
  if (config === undefined) return {};
  const { output } = await runCompiler(compiler, ['-p', config, '--showConfig']);
  const shown = E.tryCatch((): unknown => JSON.parse(output), String);
  // Errors in the settings are reported when they are used.
  const { compilerOptions } = E.isRight(shown) && isOptions(shown.right) ? shown.right : {};
  return isOptions(compilerOptions) ? compilerOptions : {};
};

const JAVASCRIPT: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs']);

const isJavaScript = (path: string): boolean => JAVASCRIPT.has(extname(path).toLowerCase());

/** JavaScript is checked if its author asks for that. */
const asksForTypes = (path: string, { checkJs }: Options): boolean =>
  !isJavaScript(path) || checkJs === true || /^\s*\/\/\s*@ts-check/m.test(readFileSync(path, 'utf8'));

/** This package's declarations, for a file from which no vcycle can be resolved: `vcycle run` gives it this package, too. */
const ownTypes = (path: string): object =>
  resolveFrom(path, 'vcycle/package.json') === undefined
    ? { paths: { vcycle: [fileURLToPath(new URL('../../index.d.ts', import.meta.url))] } }
    : {};

/**
 * Settings for this one file in place of the project's files, which write nothing. They are in another folder, so what the compiler
 * looks up relative to its settings is given explicitly.
 */
const settingsFor = (path: string, config: string | undefined, settings: Options): object => {
  const home = config === undefined ? dirname(path) : dirname(config);
  return {
    ...(config === undefined ? {} : { extends: config }),
    compilerOptions: {
      ...(Object.keys(settings).length === 0 ? USUAL : {}),
      ...('paths' in settings ? {} : ownTypes(path)),
      ...('typeRoots' in settings ? {} : { typeRoots: foldersAbove(home).map((folder) => join(folder, 'node_modules', '@types')) }),
      ...(isJavaScript(path) ? { allowJs: true } : {}),
      noEmit: true,
      emitDeclarationOnly: false,
      composite: false,
      incremental: false,
      tsBuildInfoFile: null,
      rootDir: parse(path).root,
      // Only the pipeline file is to be checked.
      skipLibCheck: true,
    },
    files: [path],
    include: [],
    references: [],
  };
};

/** Runs the compiler on one file, with temporary settings. */
const compileOne = async (compiler: Compiler, settings: object): Promise<E.Either<Fault, readonly TypeFault[]>> => {
  const made = E.tryCatch(
    () => mkdtempSync(join(tmpdir(), 'vcycle-check-')),
    (error) => runFault(`no temporary folder could be made (${messageOf(error)}); set TMPDIR to one that may be written`),
  );
  if (E.isLeft(made)) return made;
  try {
    const file = join(made.right, CONFIG);
    writeFileSync(file, JSON.stringify(settings));
    const { code, output } = await runCompiler(compiler, ['-p', file, '--pretty', 'false']);
    const errors = typeFaultsIn(output);
    return code === 0 || errors.length > 0
      ? E.right(errors)
      : E.left(runFault(`TypeScript ${compiler.version} ended with ${code} and said: ${output.trim().split('\n')[0] ?? ''}`));
  } finally {
    rmSync(made.right, { recursive: true, force: true });
  }
};

/** TypeScript below 5.0 cannot read vcycle's declarations. */
const isTooOld = ({ version }: Compiler): boolean => Number.parseInt(version, 10) < 5;

/** @param path the absolute path of a TypeScript or JavaScript file. */
export const typeCheck = async (path: string): Promise<E.Either<Fault, TypeCheck>> => {
  const compiler = compilerFor(path);
  const unchecked = (why: string): E.Either<Fault, TypeCheck> => E.right({ kind: 'unchecked', why });
  const extension = extname(path);
  const usual = extension.toLowerCase();
  if (extension !== usual) return unchecked(`TypeScript takes no ${extension}; rename it to ${usual}`);
  if (compiler === undefined) return unchecked(`no TypeScript is installed where the file is; npm i -D typescript brings one`);
  if (isTooOld(compiler)) return unchecked(`TypeScript must be 5.0 or newer (was ${compiler.version}); npm i -D typescript brings one`);
  const config = configFor(path);
  const settings = await settingsOf(compiler, config);
  if (!asksForTypes(path, settings)) return unchecked('JavaScript has none unless it says // @ts-check');
  const errors = await compileOne(compiler, settingsFor(path, config, settings));
  return E.map(
    (found: readonly TypeFault[]): TypeCheck => ({
      kind: 'checked',
      typescript: compiler.version,
      ...(config === undefined ? {} : { config: relative(process.cwd(), config) }),
      errors: found,
    }),
  )(errors);
};
