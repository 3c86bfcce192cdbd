/**
 * The packed package in a project of someone else's, as `tsc --init` sets it up: declarations on. Its dependencies are where the strictest package
 * managers put them, out of the project's sight, so that whatever an exported value's type names must come from vcycle (TS2883; TS2742 before
 * TypeScript 7).
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pack, packageRoot, stage } from '../packed.js';
import { expectedIn } from './expected.js';
import { type Compilation, type Compiler, commandOf, compile, compilers } from './tsc.js';

const execute = promisify(execFile);

/** Whom a consumer finds beside vcycle: the peers that it has installed for what it uses. */
const PEERS = ['fast-check', '@tensorflow'];

/** Lays the packed package out in the consumer's `node_modules`: unpacked, with the declarations that its own name inside of it. */
const unpack = async (root: string, consumer: string): Promise<void> => {
  const staged = join(consumer, 'staged');
  await stage(root, staged);
  const home = join(consumer, 'node_modules', 'vcycle');
  await mkdir(home, { recursive: true });
  await execute('tar', ['-xzf', await pack(staged), '-C', home, '--strip-components=1']);
  await rm(staged, { recursive: true });
  const declarations = (path: string): boolean => !/\.(js|map|flow)$/.test(path);
  await cp(join(root, 'node_modules', 'fp-ts'), join(home, 'node_modules', 'fp-ts'), { recursive: true, filter: declarations });
  for (const peer of PEERS) await symlink(join(root, 'node_modules', peer), join(consumer, 'node_modules', peer));
};

/** Every value of every entry point under a name of its own: their declarations name all that signatures name. */
const exported = async (consumer: string): Promise<readonly string[]> => {
  const manifest = JSON.parse(await readFile(join(consumer, 'node_modules', 'vcycle', 'package.json'), 'utf8'));
  const entries = Object.entries<{ readonly default?: string }>(manifest.exports).flatMap(([entry, { default: module }]) =>
    module === undefined ? [] : [{ specifier: `vcycle${entry.slice(1)}`, module }],
  );
  const here = new URL('../../../', import.meta.url);
  const files = entries.map(async ({ specifier, module }) => {
    const names = Object.keys(await import(new URL(module, here).href));
    const file = `all-of-${specifier.replaceAll('/', '-')}.ts`;
    const lines = [`import * as all from '${specifier}';`, ...names.map((name) => `export const $${name} = all.${name};`)];
    await writeFile(join(consumer, file), lines.join('\n'));
    return file;
  });
  return Promise.all(files);
};

const projectOf = (consumer: string, name: string, files: readonly string[]) => ({
  name,
  write: () =>
    writeFile(
      join(consumer, name),
      JSON.stringify({ extends: './tsconfig.json', compilerOptions: { outDir: 'made', rootDir: '.' }, files }),
    ),
});

/** What fixes TS2883, TS2742 and TS4023. */
const REMEDY = 'export that type, from src/index.ts, dsl/index.ts or, where nobody imports it by hand, dsl/types/index.ts';

const messages = ({ diagnostics, output, figures }: Compilation): readonly string[] => {
  assert.ok(figures.has('Instantiations'), output);
  return diagnostics.map(
    ({ file, line, code, message }) => `${file}:${line} ${message}${/2883|2742|4023/.test(code) ? ` (${REMEDY})` : ''}`,
  );
};

/** Where declarations gave a type up: as `any`, or as part of one. */
const givenUp = async (folder: string): Promise<readonly string[]> => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.d.ts'));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text, index) =>
    text.split('\n').flatMap((line, at) => (/\bany\b/.test(line) ? [`${files[index]}:${at + 1} ${line.slice(0, 200)}`] : [])),
  );
};

describe("a consumer's declarations", function () {
  this.timeout(240_000);
  let consumer: string;
  let entries: readonly string[];

  before(async () => {
    const root = await packageRoot();
    consumer = await mkdtemp(join(tmpdir(), 'vcycle-consumer-'));
    await unpack(root, consumer);
    await cp(join(root, 'test', 'types', 'consumer'), consumer, { recursive: true });
    await writeFile(join(consumer, 'package.json'), '{ "type": "module" }');
    entries = await exported(consumer);
  });

  after(async () => {
    await rm(consumer, { recursive: true, force: true });
  });

  /** A project for these files alone, under the options that the compiler itself proposes. */
  const compiled = async (compiler: Compiler, name: string, files: readonly string[]): Promise<Compilation> => {
    await rm(join(consumer, 'tsconfig.json'), { force: true });
    await execute(process.execPath, [commandOf(compiler), '--init'], { cwd: consumer });
    const project = projectOf(consumer, name, files);
    await project.write();
    return compile(project.name, compiler, consumer);
  };

  for (const compiler of compilers) {
    it(`name all that vcycle exports, under ${compiler}`, async () => {
      await rm(join(consumer, 'made'), { recursive: true, force: true });
      const compilation = await compiled(compiler, 'everything.json', ['constructs.ts', 'generic.ts', ...entries]);
      assert.deepEqual(messages(compilation), []);
      assert.deepEqual(await givenUp(join(consumer, 'made')), []);
    });

    it(`say to others what the source says, under ${compiler}`, async () => {
      const { diagnostics, output } = await compiled(compiler, 'downstream.json', ['downstream.ts']);
      const expected = expectedIn(join(consumer, 'downstream.ts'));
      assert.ok(expected.length > 0);
      assert.deepEqual(
        diagnostics.map(({ line }) => line),
        expected.map(({ line }) => line),
        output,
      );
      for (const [index, { text }] of expected.entries()) assert.ok(diagnostics[index]?.message.includes(text), output);
    });
  }

  it('name what an entry point gives where nothing else of vcycle is imported', async () => {
    for (const entry of entries) assert.deepEqual(messages(await compiled('typescript', 'alone.json', [entry])), []);
  });
});

describe('the packages of both compilers', () => {
  it('are what their names say', async () => {
    const versions = await Promise.all(
      compilers.map(async (compiler) => {
        const { version }: { version: string } = JSON.parse(
          await readFile(join(dirname(dirname(commandOf(compiler))), 'package.json'), 'utf8'),
        );
        return version.split('.').slice(0, 2).join('.');
      }),
    );
    assert.deepEqual(versions, ['7.0', '5.9']);
  });
});
