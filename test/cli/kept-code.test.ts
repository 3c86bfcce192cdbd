/** The code that V8 compiled for earlier commands: it is used, never trusted, and nothing depends on it. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, vcycle } from './vcycle.js';

describe('the kept code of the command line', () => {
  it('is of all short commands so far, and is made again where it is damaged', () =>
    inFolder({}, async (cache) => {
      const env = { VCYCLE_CACHE: cache };
      const plain = await vcycle(['--version'], { env });
      assert.equal(plain.code, 0, plain.stderr);
      const [name = assert.fail('no code is kept'), ...more] = readdirSync(join(cache, 'code'));
      assert.deepEqual(more, []);
      const file = join(cache, 'code', name);
      const commands = (): readonly string[] => (readFileSync(file, 'latin1').split('\n')[0] ?? '').split(' ').slice(1);
      assert.deepEqual(commands(), ['--version']);

      const help = await vcycle(['help'], { env });
      assert.deepEqual(commands(), ['--version', 'help']);
      const { mtimeMs, size } = statSync(file);
      assert.deepEqual(await vcycle(['help'], { env }), help);
      assert.equal(statSync(file).mtimeMs, mtimeMs);

      const damaged = readFileSync(file);
      damaged.fill(7, size >> 1, (size >> 1) + 64);
      writeFileSync(file, damaged);
      assert.deepEqual(await vcycle(['help'], { env }), help);
      assert.deepEqual(commands(), ['help']);
      assert.deepEqual(await vcycle(['--version'], { env }), plain);
    }));

  it('is kept of the newest builds alone', () =>
    inFolder({}, async (cache) => {
      const folder = join(cache, 'code');
      mkdirSync(folder);
      for (const hour of [1, 2, 3, 4, 5]) {
        writeFileSync(join(folder, `build-${hour}`), '');
        utimesSync(join(folder, `build-${hour}`), 3600 * hour, 3600 * hour);
      }
      await vcycle(['--version'], { env: { VCYCLE_CACHE: cache } });
      const names = readdirSync(folder);
      assert.deepEqual(names.filter((name) => name.startsWith('build-')).sort(), ['build-3', 'build-4', 'build-5']);
      assert.equal(names.length, 4, 'and that of this build, whose name is a digest');
    }));

  it('is not needed: a cache that cannot be written to is not spoken of', async () => {
    const { code, stdout, stderr } = await vcycle(['--version'], { env: { VCYCLE_CACHE: '/proc/nowhere' } });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^\d+\.\d+\.\d+/);
  });
});
