/** Every TypeScript block of the pages for authors compiles, runs, and prints what its comments say. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, root } from '../types/tsc.js';
import { blocksOf } from './blocks.js';

const PAGES = ['authoring.md', 'laws.md'] as const;
const folder = '.cache/docs';

/** In a page `it` is the reader's test runner; here it runs what it is given. */
const IT = 'const it = (_name: string, holds: () => void): void => holds();\n';

interface Written {
  readonly name: string;
  readonly place: string;
  readonly code: string;
  /** Lines before the block's own. */
  readonly above: number;
}

const written: readonly Written[] = PAGES.flatMap((page) =>
  blocksOf(page, 'ts').map(({ code, line }) => {
    const uses = /^it\(/m.test(code);
    return {
      name: `${page.replace('.md', '')}-${line}`,
      place: `docs/${page}:${line}`,
      code: (uses ? IT : '') + code,
      above: uses ? 1 : 0,
    };
  }),
);

/** What follows `console.log(…)` as a comment, on its line or the next. */
const promised = (code: string): readonly string[] =>
  [...code.matchAll(/^console\.log\(.*\)(?:\n)? ?\/\/ (.*)$/gm)].map(([, said = '']) => said);

describe('the docs for authors', function () {
  this.timeout(240_000);

  before(() => {
    rmSync(join(root, folder), { recursive: true, force: true });
    mkdirSync(join(root, folder), { recursive: true });
    for (const { name, code } of written) writeFileSync(join(root, folder, `${name}.ts`), code);
    const compilerOptions = {
      incremental: false,
      rootDir: '.',
      outDir: 'out',
      tsBuildInfoFile: null,
      declaration: false,
      sourceMap: false,
    };
    writeFileSync(
      join(root, folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] }),
    );
  });

  it('have blocks, all of which compile', async () => {
    assert.ok(written.length >= 8);
    const { diagnostics, figures, output } = await compile(folder);
    assert.ok(figures.has('Instantiations'), output);
    const errors = diagnostics.map(({ file, line, message }) => {
      const block = written.find(({ name }) => file.endsWith(`${name}.ts`));
      return `${block?.place ?? file}, line ${line - (block?.above ?? 0)} of the block: ${message}`;
    });
    assert.deepEqual(errors, []);
  });

  for (const { name, place, code } of written)
    it(`${place} runs, and prints what it says`, async () => {
      const printed: string[] = [];
      const { log } = console;
      console.log = (...values: unknown[]): void => {
        printed.push(values.map(String).join(' '));
      };
      try {
        await import(pathToFileURL(join(root, folder, 'out', `${name}.js`)).href);
      } finally {
        console.log = log;
      }
      assert.deepEqual(printed, promised(code));
    });
});
