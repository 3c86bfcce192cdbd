/**
 * Every TypeScript block of README and the docs compiles, runs in a folder of its own, and prints what its comments say; a fragment does with all of vcycle and a setup in
 * scope, and its pipelines are verified. Blocks of the text form: `grammar.test.ts`.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as dsl from '../../dsl/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { rightOf } from '../schedule/results.js';
import { compile, root } from '../types/tsc.js';
import { allBlocks, type Block, blocksOf } from './blocks.js';

const folder = '.cache/docs';

/** In a page `it` is the reader's test runner; here it runs what it is given. */
const IT = ['const it = (_name: string, holds: () => void): void => holds();'];

/** What a fragment leaves out. */
const AROUND = [
  `import { ${Object.keys(dsl)
    .map((name) => (name === 'pipeline' ? 'pipeline as written' : name))
    .join(', ')}, verify } from 'vcycle';`,
  'const setup = { model: gpt({ layers: 24, heads: 4, width: 64, context: 16 }), data: tokens(65), optimizer: adamw(), batch: 4, seed: 1 };',
  'const pipeline = ((...given: readonly unknown[]) => {',
  '  const schedule = (written as unknown as (...all: readonly unknown[]) => unknown)(...given);',
  '  const verified = verify(schedule);',
  '  if (!verified.ok) throw new Error(verified.fault.message);',
  '  return schedule;',
  '}) as unknown as typeof written;',
];

interface Written extends Block {
  readonly name: string;
  readonly place: string;
  readonly above: readonly string[];
}

const isWhole = (code: string): boolean => /^import /m.test(code);

const written: readonly Written[] = blocksOf('ts').map((block) => ({
  ...block,
  name: `${block.page.replace(/\W+/g, '-')}-${block.line}`,
  place: `${block.page}:${block.line}`,
  above: [...(isWhole(block.code) ? [] : AROUND), ...(/^it\(/m.test(block.code) ? IT : [])],
}));

/** What follows `console.log(…)` as a comment, on its line or the next. */
const promised = (code: string): readonly string[] =>
  [...code.matchAll(/^console\.log\(.*\);?\n? ?\/\/ (.*)$/gm)].map(([, said = '']) => said);

describe('the blocks of the docs', function () {
  this.timeout(240_000);

  before(() => {
    rmSync(join(root, folder), { recursive: true, force: true });
    mkdirSync(join(root, folder), { recursive: true });
    for (const { name, above, code } of written) writeFileSync(join(root, folder, `${name}.ts`), [...above, code].join('\n'));
    const compilerOptions = {
      incremental: false,
      rootDir: '.',
      outDir: 'out',
      tsBuildInfoFile: null,
      declaration: false,
      sourceMap: false,
      // An example may show an import, or a value, and no more.
      noUnusedLocals: false,
    };
    writeFileSync(
      join(root, folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] }),
    );
  });

  it('are of languages that a test reads, or of a shell', () => {
    assert.deepEqual(
      allBlocks.filter(({ language }) => !['ts', 'text', 'ebnf', 'sh'].includes(language)),
      [],
    );
  });

  it('in TypeScript compile', async () => {
    assert.ok(written.length >= 15);
    const { diagnostics, figures, output } = await compile(folder);
    assert.ok(figures.has('Instantiations'), output);
    const errors = diagnostics.map(({ file, line, message }) => {
      const block = written.find(({ name }) => file.endsWith(`/${name}.ts`));
      return `${block?.place ?? file}, line ${line - (block?.above.length ?? 0)} of the block: ${message}`;
    });
    assert.deepEqual(errors, []);
  });

  for (const { name, place, code } of written)
    it(`${place} runs, and prints what it says`, async () => {
      const printed: string[] = [];
      const { log, error } = console;
      const home = process.cwd();
      const own = mkdtempSync(join(tmpdir(), 'vcycle-docs-'));
      console.log = (...values: unknown[]): void => {
        printed.push(values.map(String).join(' '));
      };
      console.error = () => undefined;
      process.chdir(own);
      try {
        const { default: exported } = await import(pathToFileURL(join(root, folder, 'out', `${name}.js`)).href);
        if (exported !== undefined) rightOf(verify(exported));
      } finally {
        Object.assign(console, { log, error });
        process.chdir(home);
        rmSync(own, { recursive: true });
      }
      assert.deepEqual(printed, promised(code));
    });
});
