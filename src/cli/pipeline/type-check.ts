/**
 * Whether the types of one pipeline file are right, by its own project's TypeScript under its own project's settings: the file and what it imports,
 * and nothing else of the project. Not here: what the pipeline means, which the verifier says.
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
      /** The settings, from the working directory; undefined where there are none and vcycle's hold. */
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

/** Where a project has no settings of its own: strict, with modules as `vcycle run` loads them. */
const USUAL = { strict: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true };

/** The settings that a project's file comes to with all that it extends; none where it does not say. */
const settingsOf = async (compiler: Compiler, config: string | undefined): Promise<Options> => {
  if (config === undefined) return {};
  const { output } = await runCompiler(compiler, ['-p', config, '--showConfig']);
  const shown = E.tryCatch((): unknown => JSON.parse(output), String);
  // What is wrong with the settings is reported where they are used.
  const { compilerOptions } = E.isRight(shown) && isOptions(shown.right) ? shown.right : {};
  return isOptions(compilerOptions) ? compilerOptions : {};
};

const JAVASCRIPT: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs']);

const isJavaScript = (path: string): boolean => JAVASCRIPT.has(extname(path).toLowerCase());

/** JavaScript has types where its author asks for them. */
const asksForTypes = (path: string, { checkJs }: Options): boolean =>
  !isJavaScript(path) || checkJs === true || /^\s*\/\/\s*@ts-check/m.test(readFileSync(path, 'utf8'));

/** This very package's declarations, for a file that finds no vcycle from where it is: `vcycle run` gives it this one, too. */
const ownTypes = (path: string): object =>
  resolveFrom(path, 'vcycle/package.json') === undefined
    ? { paths: { vcycle: [fileURLToPath(new URL('../../index.d.ts', import.meta.url))] } }
    : {};

/**
 * Settings that take one file in place of the project's, and write nothing. They are elsewhere, so that what the compiler looks for beside its
 * settings is reported.
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
      // The file is what is asked about.
      skipLibCheck: true,
    },
    files: [path],
    include: [],
    references: [],
  };
};

/** The compiler over one file, under settings that are there for that long. */
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

/** Below 5.0 it does not read vcycle's declarations. */
const isTooOld = ({ version }: Compiler): boolean => Number.parseInt(version, 10) < 5;

/** @param path of a TypeScript or JavaScript file, absolute. */
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
