/** What short commands load before they begin: no runtime, no compiler, no data; what takes long to load is loaded where it is used. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Output {
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The files of the command line that `build/bundle.ts` wrote. */
const outputs: Readonly<Record<string, Output>> = JSON.parse(readFileSync(new URL('../../build/made-of.json', import.meta.url), 'utf8'));

/** The file with a module, such as `src/cli/main.js`. */
const fileOf = (module: string): string =>
  Object.keys(outputs).find((file) => Object.keys(outputs[file]?.inputs ?? {}).some((input) => input.endsWith(`/${module}`))) ??
  assert.fail(module);

interface Loaded {
  readonly files: ReadonlySet<string>;
  readonly modules: readonly string[];
  readonly packages: ReadonlySet<string>;
}

/** What is loaded with some files, before any of it is asked for more. */
const loadedWith = (begin: readonly string[]): Loaded => {
  const files = new Set(begin);
  const packages = new Set<string>();
  for (const file of files)
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external !== true) files.add(path);
      else if (!path.startsWith('node:')) packages.add(path);
    }
  return { files, packages, modules: [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {})) };
};

const commandOf = (name: string): string => `src/cli/commands/${name}.js`;

describe('a short command', () => {
  it('is told what it can do by the options alone', () => {
    const { modules, packages } = loadedWith([fileOf('src/cli/main.js')]);
    assert.deepEqual([...packages], []);
    assert.deepEqual(
      modules.filter((module) =>
        /\/src\/(cli\/commands|program|model|transfer|plan|runner|data)\/|(?<!\/cli)\/backends\/(?!machine\/)/.test(module),
      ),
      [],
    );
  });

  for (const command of ['draw', 'plan', 'compile'])
    it(`${command}: loads no data, no runtime of a backend, nothing that compiles, and few files`, () => {
      const { modules, files, packages } = loadedWith([fileOf('src/cli/main.js'), fileOf(commandOf(command))]);
      assert.deepEqual(
        [...packages].filter((name) => !name.startsWith('ajv/dist/runtime/') && name !== 'cli-table3'),
        [],
      );
      const heavy =
        /\/src\/(data\/(sources|prepare|tokenizers|token-files)|runner\/stages|watch|store|sweep|export\/[^m])|\/backends\/(onnx|tfjs|torch)\//;
      assert.deepEqual(
        modules.filter((module) => heavy.test(module)),
        [],
      );
      assert.ok(modules.some((module) => module.endsWith(`/${commandOf(command)}`)));
      assert.ok(files.size < 120, `${files.size}`);
    });
});
