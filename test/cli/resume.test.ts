/** `vcycle resume`: a run killed in its middle continues to the end that it would have had; what cannot be resumed is one sentence and exit 2. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { leftBehind } from '../runner/left-behind.js';
import { CORPUS, inFolder, MAIN, TINY, vcycle } from './vcycle.js';

const PIPELINE = 'restrict(even) >> train(120) >> prolongate >> train(40)';
const OPTIONS = ['--data', 'corpus.txt', '--checkpoint-every', '10'] as const;

/** Runs the pipeline into `out`, and kills it once it has written this many checkpoints. */
const killed = async (cwd: string, out: string): Promise<void> => {
  const checkpoints = join(cwd, out, 'checkpoints');
  const ended = await vcycle(['run', ...TINY, ...OPTIONS, '--out', out, PIPELINE], {
    cwd,
    onStart: (kill) => {
      const look = setInterval(() => {
        if (!existsSync(checkpoints) || !readdirSync(checkpoints).includes('step-00000030.safetensors')) return;
        clearInterval(look);
        kill('SIGKILL');
      }, 1);
    },
  });
  assert.equal(ended.code, null, ended.stderr);
};

describe('vcycle resume', () => {
  it('continues a run that was killed, to the bits of one that was not; and then has nothing to do', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const whole = await vcycle(['run', ...TINY, ...OPTIONS, '--out', 'whole', PIPELINE], { cwd });
      assert.equal(whole.code, 0, whole.stderr);
      await killed(cwd, 'broken');
      const { code, stdout, stderr } = await vcycle(['resume', 'broken'], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^continuing from checkpoints\/step-\d+\.safetensors, step \d+$/m);
      assert.match(stdout, /^resumed {5}once$/m);
      assert.ok(stdout.split('\n').every((line) => line.length <= 120));
      assert.deepEqual(leftBehind(join(cwd, 'broken')), leftBehind(join(cwd, 'whole')));

      const again = await vcycle(['resume', 'broken'], { cwd });
      assert.deepEqual([again.code, again.stdout], [0, '']);
      assert.match(again.stderr, /^broken has finished: there is nothing to resume$/m);
    })).timeout(180_000);

  it('says which checkpoint is damaged, and takes the one before; refuses another pipeline with the difference', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      await killed(cwd, 'run');
      const elsewhere = await vcycle(['resume', '.'], { cwd: join(cwd, 'run') });
      assert.equal(elsewhere.code, 2);
      assert.match(
        elsewhere.stderr,
        /corpus\.txt: there is no such file.*relative to the folder in which the run began: resume from there$/m,
      );
      const other = await vcycle(['compile', ...TINY, '--data', 'corpus.txt', PIPELINE.replace('120', '130')], { cwd });
      assert.equal(other.code, 0, other.stderr);
      await import('node:fs/promises').then(({ writeFile }) => writeFile(join(cwd, 'other.json'), other.stdout));
      const refused = await vcycle(['resume', 'run', '--pipeline', 'other.json'], { cwd });
      assert.equal(refused.code, 2);
      assert.match(
        refused.stderr,
        /run was begun with another schedule \(stage 2 was train\(120\) and is train\(130\)\); a run is resumed/,
      );

      const text = await vcycle(['resume', 'run', '--pipeline', PIPELINE], { cwd });
      assert.equal(text.code, 2);
      assert.match(
        text.stderr,
        /^vcycle: "restrict\(even\) .*" is no file; name a pipeline file \(\.ts, .* or \.json\), which says its setup too$/m,
      );

      const checkpoints = join(cwd, 'run', 'checkpoints');
      const newest =
        readdirSync(checkpoints)
          .filter((name) => name.endsWith('.safetensors'))
          .sort()
          .at(-1) ?? '';
      truncateSync(join(checkpoints, newest), 500);
      const { code, stderr, stdout } = await vcycle(['resume', 'run', '--json'], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`^vcycle: checkpoints/${newest} is skipped: the file is damaged .*; it is kept as`, 'm'));
      assert.equal(JSON.parse(stdout).resumes, 1);

      const again = await vcycle(['resume', 'run', '--json'], { cwd });
      assert.equal(again.code, 0, again.stderr);
      const { folder, outcome, resumes } = JSON.parse(again.stdout);
      assert.deepEqual({ folder, kind: outcome.kind, resumes }, { folder: 'run', kind: 'finished', resumes: 1 });

      const finished = await vcycle(['resume', 'run', '--pipeline', 'other.json'], { cwd });
      assert.equal(finished.code, 2, "a finished run is no other pipeline's either");
      assert.match(finished.stderr, /run was begun with another schedule/);
    })).timeout(180_000);

  it('refuses what is not a run, with exit 2 and one sentence', () =>
    inFolder({ 'a-file': 'x' }, async (cwd) => {
      for (const [args, pattern] of [
        [['nowhere'], /^vcycle: nowhere: there is no such run folder; `vcycle runs` lists the runs$/],
        [['a-file'], /^vcycle: a-file: there is no such run folder; `vcycle runs` lists the runs$/],
        [['.'], /^vcycle: \.: no run is there \(schedule\.json is missing\); `vcycle runs` lists the runs$/],
        [['.', '--keep', '0'], /--keep.*integer >= 1/],
      ] as const) {
        const { code, stdout, stderr } = await vcycle(['resume', ...args], { cwd });
        assert.deepEqual([code, stdout], [2, ''], stderr);
        assert.match(stderr.trimEnd(), pattern);
      }
    }));

  it('a run whose files may not grow any more ends with a sentence, and is resumed where they may', function () {
    if (process.platform === 'win32') {
      console.log('      skipped: Windows has no limit on the size of files');
      this.skip();
    }
    this.timeout(180_000);
    return inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const words = ['run', ...TINY, ...OPTIONS, '--out', 'run', PIPELINE].map((word) => `'${word}'`).join(' ');
      // In blocks of 512 or 1,024 bytes: checkpoints fit, the events of the whole run do not.
      const stderr = await new Promise<string>((resolve) => {
        execFile('sh', ['-c', `ulimit -f 100; exec '${process.execPath}' '${MAIN}' ${words}`], { cwd }, (_error, _stdout, said) =>
          resolve(said),
        );
      });
      assert.match(stderr, /run\/\S+ could not be written \(EFBIG/);
      const { code, stderr: resumed } = await vcycle(['resume', 'run'], { cwd });
      assert.equal(code, 0, resumed);
      const whole = await vcycle(['run', ...TINY, ...OPTIONS, '--out', 'whole', PIPELINE], { cwd });
      assert.equal(whole.code, 0, whole.stderr);
      assert.deepEqual(leftBehind(join(cwd, 'run')), leftBehind(join(cwd, 'whole')));
      assert.ok(readFileSync(join(cwd, 'run', 'events.jsonl'), 'utf8').includes('"run-resumed"'));
    });
  });

  it('a folder that cannot be written to is a sentence', async function () {
    const folder = '/proc/vcycle-run';
    if (!existsSync('/proc')) {
      console.log('      skipped: there is no /proc here, where nobody may write');
      this.skip();
    }
    const { code, stderr } = await vcycle(['run', ...TINY, '--vocabulary', '5', '--backend', 'null', '--out', folder, 'train(1)']);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /\/proc\/vcycle-run cannot be made into a run folder \(.*\); name another folder with --out\n$/);
  });
});
