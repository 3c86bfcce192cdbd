/** Readers that go, and disks that are full under stdout or stderr: what could not be told is not done, and what was done is not lost. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORPUS, type Ended, inFolder, MAIN, TINY, vcycle } from './vcycle.js';

/** Who reads a stream: `gone` before anything is written, `leaves` after the first words, `full`: a disk without room. */
type Reader = 'all' | 'gone' | 'leaves' | 'full';

const withReaders = (args: readonly string[], cwd: string, stdout: Reader, stderr: Reader): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const to = (reader: Reader) => (reader === 'full' ? openSync('/dev/full', 'w') : 'pipe');
    const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', to(stdout), to(stderr)] });
    const read = { stdout: '', stderr: '' };
    for (const [name, reader] of [
      ['stdout', stdout],
      ['stderr', stderr],
    ] as const) {
      const stream = child[name];
      if (reader === 'gone') stream?.destroy();
      else
        stream?.on('data', (chunk: Buffer) => {
          read[name] += chunk.toString();
          if (reader === 'leaves') stream.destroy();
        });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...read }));
  });

const outcomeIn = (run: string): string => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')).outcome.kind;

/** More steps than anybody waits for. */
const LONG = ['train(200000)', ...TINY, '--data', 'corpus.txt'] as const;

describe('a command whose output nobody takes', function () {
  this.timeout(60_000);

  it('ends with exit 1, whichever command it is, and says why where a disk is full', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const run = ['run', 'train(2)', ...TINY, '--data', 'corpus.txt', '--backend', 'null', '--out'] as const;
      assert.equal((await vcycle([...run, 'runs/a'], { cwd })).code, 0);
      for (const args of [
        ['--help'],
        ['plan', 'train(2)', ...TINY, '--data', 'corpus.txt'],
        ['compile', 'train(2)', ...TINY, '--data', 'corpus.txt'],
        [...run, 'runs/b'],
        ['runs'],
        ['runs', 'show', 'runs/a'],
        ['export', 'runs/a', '--csv', '-'],
      ]) {
        const gone = await withReaders(args, cwd, 'gone', 'all');
        assert.equal(gone.code, 1, `${args}: ${gone.stderr}`);
        assert.doesNotMatch(gone.stderr, /^vcycle: /m, `${args}`);
        const full = await withReaders(
          args.map((arg) => arg.replace('runs/b', 'runs/c')),
          cwd,
          'full',
          'all',
        );
        assert.equal(full.code, 1, `${args}: ${full.stderr}`);
        assert.match(
          full.stderr,
          /^vcycle: stdout cannot be written to \(ENOSPC: .*\); free some space, or choose another place$/m,
          `${args}`,
        );
      }
      // What was done by then is there.
      for (const name of ['b', 'c']) assert.equal(outcomeIn(join(cwd, 'runs', name)), 'finished');
    }));

  for (const [what, reader] of [
    ['whose reader goes', 'leaves'],
    ['whose log has no room', 'full'],
  ] as const)
    it(`stops a run ${what} as Ctrl-C does: exit 1, and it is resumed`, () =>
      inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
        const { code } = await withReaders(['run', ...LONG, '--out', 'r'], cwd, 'all', reader);
        assert.equal(code, 1);
        assert.equal(outcomeIn(join(cwd, 'r')), 'interrupted');
        const again = await withReaders(['resume', 'r'], cwd, 'all', 'leaves');
        assert.equal(again.code, 1);
        assert.match(again.stderr, /^reading the text "corpus\.txt", which r\/schedule\.json names\n/);
      }));

  it('stops a comparison, too, and lets its workers go; the same command continues it', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const args = ['compare', 'restrict(even) >> train(300) >> prolongate >> train(300)', ...TINY, '--data', 'corpus.txt'];
      const how = ['--seeds', '1', '--workers', '2', '--out', 'c'];
      const { code } = await withReaders([...args, ...how], cwd, 'all', 'leaves');
      assert.equal(code, 1);
      const jobs = join(cwd, 'c', 'jobs');
      for (const job of readdirSync(jobs))
        assert.deepEqual(
          readdirSync(join(jobs, job)).filter((name) => name.startsWith('running-')),
          [],
        );
      assert.equal((await vcycle([...args, ...how], { cwd })).code, 0);
    }));
});
