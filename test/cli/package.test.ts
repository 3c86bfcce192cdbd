/** The package as others get it: packed, installed in a folder of its own, imported, run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { npm, pack, packageRoot, stage } from '../packed.js';
import { inFolder, node } from './vcycle.js';

const execute = promisify(execFile);

/** This process's environment without what `npm test` put into it: the settings of this project. */
const withoutNpmSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_(onnxruntime_node_install|loglevel)$/i.test(name)));

const USER = `
import { adamw, even, gpt, onDisk, orThrow, pipeline, plan, prolongate, restrict, run, tokens, tokensDataset, train } from 'vcycle';
import { createNull } from 'vcycle/backends/null';

const model = gpt({ layers: 2, heads: 2, width: 8, context: 8 });
const schedule = pipeline({ model, data: tokens(7), optimizer: adamw(), batch: 2, seed: 1 }, restrict(even), train(3), prolongate, train(2));
const backend = orThrow(await createNull());
const planned = orThrow(plan(schedule, tokensDataset(7), { backend }));
const ended = await run(schedule, tokensDataset(7), { backend, folder: onDisk('made') });
if (!ended.ok) throw new Error(ended.fault.message);
const summary = ended.value;
console.log(JSON.stringify({ outcome: summary.outcome.kind, planned: planned.total.matmul, counted: summary.stages.reduce((sum, { counted }) => sum + counted.matmul, 0) }));
`;

/** A peer of your own, and a law in one line. */
const LAWS = `
import fc from 'fast-check';
import { even, odd } from 'vcycle';
import { laws } from 'vcycle/laws';
fc.assert(laws.roundTrip(even));
const { failed } = fc.check(laws.partitionOfUnity([even, even]));
fc.assert(laws.partitionOfUnity([even, odd]));
console.log(failed);
`;

const FILE = `
import { adamw, gpt, pipeline, tokens, train } from 'vcycle';
export default pipeline({ model: gpt({ layers: 2, heads: 2, width: 8, context: 8 }), data: tokens(7), optimizer: adamw(), batch: 2, seed: 1 }, train(2));
`;

/** Links of a Markdown file to files beside it, from the package's root. */
const linksOf = (file: string, text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^\w+:/.test(target))
    .map((target) => posix.join(posix.dirname(file), target));

describe('the packed package', () => {
  it('holds all that its pages link to, and no tests', async () => {
    const root = await packageRoot();
    await inFolder({}, async (folder) => {
      await stage(root, folder);
      const [{ files }]: [{ files: { path: string }[] }] = JSON.parse(
        (await npm(folder, 'pack', '--json', '--dry-run', '--ignore-scripts')).stdout,
      );
      const packed = files.map(({ path }) => path);
      const pages = packed.filter((path) => path.endsWith('.md'));
      assert.ok(pages.includes('README.md') && pages.includes('docs/transfers.md'), pages.join(', '));
      const dead = await Promise.all(
        pages.map(async (page) =>
          linksOf(page, await readFile(join(root, page), 'utf8'))
            .filter((target) => !packed.some((path) => path === target || path.startsWith(`${target}/`)))
            .map((target) => `${page} links to ${target}`),
        ),
      );
      assert.deepEqual(dead.flat(), []);
      assert.deepEqual(
        packed.filter((path) => path.includes('test')),
        [],
      );
    });
  }).timeout(60_000);

  it('comes from a folder in which no npm command warns of a setting', async () => {
    const root = await packageRoot();
    const { stdout, stderr } = await execute('npm', ['pkg', 'get', 'name'], { cwd: root, env: withoutNpmSettings() });
    assert.equal(JSON.parse(stdout), 'vcycle');
    assert.doesNotMatch(stderr, /unknown .* config/i);
  }).timeout(60_000);

  it('works from a folder of its own: imported, and as a command', async function () {
    const root = await packageRoot();
    await inFolder(
      { 'user/package.json': '{ "type": "module" }', 'user/use.mjs': USER, 'user/laws.mjs': LAWS, 'user/mine.ts': FILE },
      async (folder) => {
        const staged = join(folder, 'staged');
        await stage(root, staged);
        const tarball = await pack(staged);
        const user = join(folder, 'user');
        const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
          await readFile(join(root, 'package.json'), 'utf8'),
        );
        // As the README says: the runtime's install script would fetch CUDA files, which nothing here uses.
        const [, install = assert.fail('README does not say how to install it')] =
          /^npm (i --ignore-scripts) \.\.\/vcycle\/vcycle-[\d.]+\.tgz/m.exec(await readFile(join(root, 'README.md'), 'utf8')) ?? [];
        try {
          const { stderr } = await execute(
            'npm',
            [...install.split(' '), '--prefer-offline', '--no-audit', '--no-fund', tarball, `fast-check@${devDependencies['fast-check']}`],
            // Not what `npm test` sets for this process.
            { cwd: user, timeout: 280_000, env: withoutNpmSettings() },
          );
          assert.doesNotMatch(stderr, /unknown .* config/i);
        } catch (error) {
          const reason = String(error instanceof Error && 'stderr' in error ? error.stderr : error);
          if (!/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|ECONNRESET/.test(reason)) throw error;
          console.log(`      skipped: no registry can be reached (${reason.trim().split('\n')[0]})`);
          this.skip();
        }

        const imported = await node(join(user, 'use.mjs'), [], { cwd: user });
        assert.equal(imported.code, 0, imported.stderr);
        const { outcome, planned, counted } = JSON.parse(imported.stdout);
        assert.equal(outcome, 'finished');
        assert.equal(counted, planned);
        assert.ok(planned > 0);

        const asked = await node(join(user, 'laws.mjs'), [], { cwd: user });
        assert.equal(asked.code, 0, asked.stderr);
        assert.equal(asked.stdout.trim(), 'true', 'even twice is no partition');

        const command = await execute(join(user, 'node_modules', '.bin', 'vcycle'), ['run', '--out', 'trained', 'mine.ts'], { cwd: user });
        assert.match(command.stdout, /^run folder +trained$/m);
        const version: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
        const told = await execute(join(user, 'node_modules', '.bin', 'vcycle'), ['--version'], { cwd: user });
        assert.equal(told.stdout.trim(), version.version);
      },
    );
  }).timeout(300_000);
});
