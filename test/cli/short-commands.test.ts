/** What short commands load before they begin: no runtime, no compiler, no data; what takes long to load is loaded where it is used. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, extname, join } from 'node:path';

interface Module {
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

/** The modules of the command line, as `build/bundle.ts` found them. */
const modules: Readonly<Record<string, Module>> = JSON.parse(readFileSync(new URL('../../build/made-of.json', import.meta.url), 'utf8'));

/** The path of a module, such as `src/cli/begin.js`. */
const pathOf = (module: string): string => Object.keys(modules).find((path) => path.endsWith(`/${module}`)) ?? assert.fail(module);

interface Loaded {
  readonly paths: readonly string[];
  readonly packages: readonly string[];
}

/** What is loaded with some modules, before any of it is asked for more. */
const loadedWith = (...begin: readonly string[]): Loaded => {
  const paths = new Set(begin.map(pathOf));
  const packages = new Set<string>();
  for (const path of paths)
    for (const { path: target, kind, external } of modules[path]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external !== true) paths.add(target);
      else if (!target.startsWith('node:')) packages.add(target);
    }
  return { paths: [...paths], packages: [...packages] };
};

const BEGIN = 'src/cli/begin.js';

describe('a short command', () => {
  it('is told what it can do by the options alone', () => {
    const { paths, packages } = loadedWith(BEGIN);
    assert.deepEqual(packages, []);
    const more = /\/src\/(cli\/commands|program|model|transfer|plan|runner|data)\/|(?<!cli)\/backends\/(?!machine\/)/;
    assert.deepEqual(
      paths.filter((path) => more.test(path)),
      [],
    );
    assert.ok(paths.length > 30);
  });

  it('finds what it imports at once as CommonJS, since its one file is that', () => {
    const { resolve } = createRequire(import.meta.url);
    const imported = Object.values(modules)
      .flatMap(({ imports }) => imports)
      .flatMap(({ path, kind, external }) => (external === true && kind !== 'dynamic-import' && !isBuiltin(path) ? [path] : []));
    assert.ok(imported.includes('cli-table3'));
    const typeOf = (file: string, folder = dirname(file)): string => {
      const manifest = join(folder, 'package.json');
      const { type, name } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {};
      return type ?? (name === undefined && dirname(folder) !== folder ? typeOf(file, dirname(folder)) : 'commonjs');
    };
    const isModule = (file: string): boolean => extname(file) === '.mjs' || (extname(file) === '.js' && typeOf(file) === 'module');
    assert.deepEqual(
      [...new Set(imported)].filter((path) => isModule(resolve(path))),
      [],
    );
  });

  for (const command of ['draw', 'plan', 'compile'])
    it(`${command}: loads no data, no runtime of a backend and nothing that compiles`, () => {
      const { paths, packages } = loadedWith(BEGIN, `src/cli/commands/${command}.js`);
      assert.deepEqual(
        packages.filter((name) => !name.startsWith('ajv/dist/runtime/') && name !== 'cli-table3'),
        [],
      );
      const heavy =
        /\/src\/(data\/(sources|prepare|tokenizers|token-files)|runner\/stages|watch|store|sweep|export\/[^m])|\/backends\/(onnx|tfjs|torch)\//;
      assert.deepEqual(
        paths.filter((path) => heavy.test(path)),
        [],
      );
    });
});
