/**
 * `vcycle check`: types by the TypeScript of the file's own project, whichever of the versions here it has, under its own settings; and the verifier,
 * always. What is not checked is reported.
 */
import assert from 'node:assert/strict';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { compilers, root } from '../types/tsc.js';
import { inFolder, TINY, vcycle } from './vcycle.js';

const IMPORT = `import { adamw, gpt, pipeline, prolongate, tokens, train } from 'vcycle';`;
const setup = (optimizer = 'adamw()', rest = '') =>
  `const setup = { model: gpt({ layers: 2, heads: 2, width: 8, context: 4 }), data: tokens(7), optimizer: ${optimizer}, batch: 2, seed: 1${rest} };`;
const GOOD = [IMPORT, setup(), 'export default pipeline(setup, train(3));', ''].join('\n');
const BAD = [IMPORT, setup('adamw(5e-2)'), 'export default pipeline(setup, train(3), prolongate);', ''].join('\n');
/** What no type shows. */
const HIDDEN = [IMPORT, setup(), 'const depth: number = 3;', 'export default pipeline({ ...setup, seed: -depth }, train(3));', ''].join(
  '\n',
);

const LEVEL = 'stage 2, prolongate: no finer level is open (was at level 0); put a restrict before it';
const OPTIONS = 'the options of adamw must be an object with any of learningRate, clip, weightDecay, beta1, beta2, epsilon (was 0.05)';

/** One line, whatever the table's width. */
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();

const withCompiler = async (folder: string, compiler: string): Promise<void> => {
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(join(root, 'node_modules', compiler), join(folder, 'node_modules', 'typescript'));
};

describe('vcycle check', function () {
  this.timeout(120_000);

  for (const compiler of compilers) {
    const version = compiler === 'typescript' ? '7.0.2' : '5.9.3';

    it(`with ${compiler}: types and verifier, under the project's settings, and nothing is left behind`, () =>
      inFolder(
        {
          'tsconfig.json': JSON.stringify({
            compilerOptions: {
              strict: true,
              module: 'nodenext',
              target: 'es2022',
              composite: true,
              rootDir: 'elsewhere',
              outDir: 'made',
              types: ['mine'],
              typeRoots: ['./types'],
            },
            include: ['elsewhere'],
          }),
          'package.json': '{ "type": "module" }',
          'types/mine/index.d.ts': 'declare const mine: 3;\n',
          'elsewhere/other.ts': 'export const wrong: number = "not asked about";\n',
          'lib/bad.ts': BAD,
          'lib/hidden.ts': HIDDEN,
        },
        async (cwd) => {
          await withCompiler(cwd, compiler);
          await symlink(root, join(cwd, 'node_modules', 'vcycle'));
          await mkdir(join(cwd, 'moment'));
          const env = { TMPDIR: join(cwd, 'moment') };
          const { code, stdout, stderr } = await vcycle(['check', 'lib/bad.ts', 'lib/hidden.ts'], { cwd, env });
          assert.equal(stderr, '');
          assert.equal(code, 2, stdout);
          const [bad = '', hidden = ''] = stdout.split('\n\n');
          const lines = bad.split('\n');
          assert.match(lines[0] ?? '', /^lib\/bad\.ts:2:\d+: Type '0\.05' has no properties in common with type .* \(TS2559\)$/);
          assert.equal(lines[1], `lib/bad.ts:3:42: ${LEVEL}`);
          assert.equal(lines[2], `lib/bad.ts: ${OPTIONS}`);
          assert.equal(
            flat(lines.slice(3).join(' ')),
            `lib/bad.ts: wrong, 2 errors by TypeScript ${version} (tsconfig.json), one by the verifier`,
          );
          assert.equal(
            flat(hidden),
            `lib/hidden.ts: setup.seed must be an integer >= 0 (was -3) lib/hidden.ts: wrong, 0 errors by TypeScript ${version} (tsconfig.json), one by the verifier`,
          );
          assert.deepEqual(await readdir(env.TMPDIR), []);
          assert.deepEqual((await readdir(cwd)).sort(), [
            'elsewhere',
            'lib',
            'moment',
            'node_modules',
            'package.json',
            'tsconfig.json',
            'types',
          ]);
        },
      ));

    it(`with ${compiler}: without settings of the project's, or a vcycle in it`, () =>
      inFolder(
        {
          'bad.mts': BAD,
          'solution/tsconfig.json': '{ "files": [], "references": [{ "path": "./app" }] }',
          'solution/good.ts': GOOD,
        },
        async (cwd) => {
          await withCompiler(cwd, compiler);
          const { code, stdout } = await vcycle(['check', 'solution/good.ts'], { cwd });
          assert.equal(flat(stdout), `solution/good.ts: right, by TypeScript ${version} (solution/tsconfig.json) and the verifier`);
          assert.equal(code, 0);
          const bad = await vcycle(['check', 'bad.mts', '--json'], { cwd });
          assert.equal(bad.code, 2);
          const [found] = JSON.parse(bad.stdout);
          assert.deepEqual(
            { file: found.file, right: found.right, verifier: found.verifier },
            { file: 'bad.mts', right: false, verifier: `bad.mts: ${OPTIONS}` },
          );
          assert.equal(found.types.typescript, version);
          assert.deepEqual(
            found.types.errors.map(({ line, code }: { line: number; code: string }) => [line, code]),
            [
              [2, 'TS2559'],
              [3, 'TS2345'],
            ],
          );
        },
      ));
  }

  it('JavaScript has types where it asks for them', () =>
    inFolder({ 'plain.js': BAD, 'asked.js': `// @ts-check\n${BAD}`, 'package.json': '{ "type": "module" }' }, async (cwd) => {
      await withCompiler(cwd, 'typescript');
      const plain = await vcycle(['check', 'plain.js'], { cwd });
      assert.equal(plain.code, 2);
      assert.equal(
        flat(plain.stdout),
        `plain.js: ${OPTIONS} plain.js: wrong, by the verifier only; its types are unchecked: JavaScript has none unless it says // @ts-check`,
      );
      const asked = await vcycle(['check', 'asked.js'], { cwd });
      assert.equal(asked.code, 2);
      assert.ok(asked.stdout.includes(`asked.js:4:42: ${LEVEL}\n`), asked.stdout);
    }));

  it('TypeScript takes no extension in large letters, and says nothing of such a file', () =>
    inFolder({ 'GOOD.TS': GOOD }, async (cwd) => {
      await withCompiler(cwd, 'typescript');
      const { code, stdout } = await vcycle(['check', 'GOOD.TS'], { cwd });
      assert.equal(
        flat(stdout),
        'GOOD.TS: right, by the verifier only; its types are unchecked: TypeScript takes no .TS; rename it to .ts',
      );
      assert.equal(code, 0);
    }));

  it('a schedule has no types', async () => {
    const { stdout: schedule } = await vcycle(['compile', ...TINY, '--vocabulary', '7', 'train(3)']);
    await inFolder({ 's.json': schedule }, async (cwd) => {
      const { code, stdout } = await vcycle(['check', 's.json'], { cwd });
      assert.equal(flat(stdout), 's.json: right, by the verifier only; its types are unchecked: a schedule has none');
      assert.equal(code, 0);
    });
  });

  it('where there is no TypeScript, or one that is too old, the command says so, and asks the verifier', () =>
    inFolder(
      {
        'good.ts': GOOD,
        'bad.ts': BAD,
        'old/good.ts': GOOD,
        'old/node_modules/typescript/package.json': '{ "name": "typescript", "version": "4.9.5", "bin": { "tsc": "bin/tsc" } }',
      },
      async (cwd) => {
        const good = await vcycle(['check', 'good.ts', 'old/good.ts'], { cwd });
        assert.equal(good.code, 0);
        const [none = '', old = ''] = good.stdout.split('\n\n').map(flat);
        assert.equal(
          none,
          'good.ts: right, by the verifier only; its types are unchecked: no TypeScript is installed where the file is; npm i -D typescript brings one',
        );
        assert.equal(
          old,
          'old/good.ts: right, by the verifier only; its types are unchecked: TypeScript must be 5.0 or newer (was 4.9.5); npm i -D typescript brings one',
        );
        const bad = await vcycle(['check', 'bad.ts'], { cwd });
        assert.equal(bad.code, 2);
        assert.ok(bad.stdout.startsWith(`bad.ts: ${OPTIONS}\n`), bad.stdout);
      },
    ));

  it('settings that are wrong, and a compiler that breaks, are reported in a sentence', () =>
    inFolder(
      {
        'wrong/tsconfig.json': '{ "compilerOptions": { "strict": "very" } }',
        'wrong/good.ts': GOOD,
        'broken/good.ts': GOOD,
        'broken/node_modules/typescript/package.json': '{ "name": "typescript", "version": "7.9.9", "bin": { "tsc": "bin/tsc" } }',
        'broken/node_modules/typescript/bin/tsc': 'console.error("out of cheese");\nprocess.exitCode = 3;\n',
      },
      async (cwd) => {
        await withCompiler(cwd, 'typescript');
        const wrong = await vcycle(['check', 'wrong/good.ts'], { cwd });
        assert.equal(wrong.code, 2);
        assert.match(wrong.stdout, /^wrong\/tsconfig\.json:1:\d+: .*strict.* \(TS5024\)$/m);
        const broken = await vcycle(['check', 'broken/good.ts'], { cwd });
        assert.deepEqual(broken, { code: 1, stdout: '', stderr: 'vcycle: TypeScript 7.9.9 ended with 3 and said: out of cheese\n' });
      },
    ));

  it('what is no pipeline file is nothing to check', async () => {
    for (const [argument, sentence] of [
      ['gone.ts', /^vcycle: gone\.ts: there is no such file/],
      ['train(3)', /^vcycle: "train\(3\)" is no file/],
    ] as const) {
      const { code, stdout, stderr } = await vcycle(['check', argument]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, sentence);
    }
  });

  it('run says that it does not check types, and runs', () =>
    inFolder(
      { 'wrong-type.ts': GOOD.replace('seed: 1', 'seed: 1 satisfies string'), 'plain.js': GOOD, 'package.json': '{ "type": "module" }' },
      async (cwd) => {
        const typed = await vcycle(['run', '--backend', 'null', 'wrong-type.ts'], { cwd });
        assert.equal(typed.code, 0, typed.stderr);
        assert.match(typed.stderr, /^Types are not checked here; vcycle check wrong-type\.ts checks them\.$/m);
        const plain = await vcycle(['run', '--backend', 'null', 'plain.js'], { cwd });
        assert.equal(plain.code, 0, plain.stderr);
        assert.doesNotMatch(plain.stderr, /Types/);
      },
    ));
});
