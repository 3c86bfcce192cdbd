/** A schedule that came from elsewhere says what it reads before that is read; what one names oneself needs no saying. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORPUS, inFolder, TINY, vcycle } from './vcycle.js';

const TEXT = ['train(2)', ...TINY, '--data', 'corpus.txt'] as const;

describe('the text that a schedule names', function () {
  this.timeout(60_000);

  it('is told by a schedule in JSON, whatever is done with it, and is no pipe that one waits for', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const compiled = await vcycle(['compile', ...TEXT], { cwd });
      assert.equal(compiled.code, 0, compiled.stderr);
      writeFileSync(join(cwd, 'theirs.json'), compiled.stdout);
      const said = /^reading the text "corpus\.txt", which theirs\.json names$/m;
      for (const args of [
        ['run', 'theirs.json', '--backend', 'null', '--out', 'r'],
        ['plan', 'theirs.json'],
        ['compile', 'theirs.json', '--programs'],
        ['compare', 'theirs.json', '--backend', 'null', '--seeds', '1', '--baseline', 'none', '--out', 'c'],
      ]) {
        const { code, stdout, stderr } = await vcycle(args, { cwd });
        assert.equal(code, 0, stderr);
        assert.match(stderr, said, args[0]);
        assert.doesNotMatch(stdout, /reading the text/);
      }
      const mine = await vcycle(['plan', ...TEXT], { cwd });
      assert.deepEqual([mine.code, mine.stderr], [0, '']);

      renameSync(join(cwd, 'r', 'summary.json'), join(cwd, 'aside'));
      const resumed = await vcycle(['resume', 'r'], { cwd });
      assert.match(resumed.stderr, /^reading the text "corpus\.txt", which r.schedule\.json names$/m);

      assert.equal(spawnSync('mkfifo', [join(cwd, 'secret')]).status, 0);
      writeFileSync(join(cwd, 'theirs.json'), readFileSync(join(cwd, 'theirs.json'), 'utf8').replace('corpus.txt', 'secret'));
      const { code, stderr } = await vcycle(['run', 'theirs.json'], { cwd });
      assert.equal(code, 2);
      assert.equal(
        stderr,
        'reading the text "secret", which theirs.json names\nvcycle: secret: a text must be a regular file (was a pipe); copy it into one, and name that\n',
      );
    }));
});
