/** Workers: processes that do one job after another, whatever becomes of them in between. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createWorkers } from '../../src/cli/compare/workers.js';
import type { Job } from '../../src/sweep/job.js';
import { stateOf } from '../../src/sweep/job-state.js';
import { addToManifest, jobFolder, MANIFEST, manifestAt } from '../../src/sweep/manifest.js';
import type { WorkerEnd } from '../../src/sweep/sweep.js';
import { vcycle } from '../cli/vcycle.js';
import { inTemporaryFolder, right } from '../runner/harness.js';
import { jobs, unheard, until } from './jobs.js';

describe('workers', function () {
  this.timeout(60_000);

  const processes = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;

  it('do one job after another in one process, side by side in two, and go when they are let go', () =>
    inTemporaryFolder(async (folder) => {
      const manifest = join(folder, MANIFEST);
      const all = jobs(4).map(({ flops: _flops, ...job }): Job => job);
      const [one, two, three, four] = all;
      assert.ok(one !== undefined && two !== undefined && three !== undefined && four !== undefined);
      right(addToManifest(manifestAt(manifest), all));
      const before = processes();
      const workers = createWorkers({ manifest, say: () => undefined, signal: new AbortController().signal });
      const work = (job: Job) => workers.work(job, unheard);
      assert.deepEqual(await work(one), { kind: 'done' });
      assert.deepEqual(await work(two), { kind: 'done' });
      assert.equal(processes(), before + 1);
      assert.deepEqual(await Promise.all([work(three), work(four)]), [{ kind: 'done' }, { kind: 'done' }]);
      assert.equal(processes(), before + 2);
      for (const job of all) assert.equal(right(stateOf(jobFolder(manifestAt(manifest), job), job)).kind, 'done');
      workers.dispose();
      await until(() => processes() === before);
    }));

  const pids = (): readonly number[] =>
    spawnSync('pgrep', ['-P', String(process.pid)], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line !== '')
      .map(Number);

  it('that were killed while they had nothing to do are replaced, and no job is blamed', () =>
    inTemporaryFolder(async (folder) => {
      const manifest = join(folder, MANIFEST);
      const all = jobs(8).map(({ flops: _flops, ...job }): Job => job);
      right(addToManifest(manifestAt(manifest), all));
      const before = processes();
      const known = new Set(pids());
      const workers = createWorkers({ manifest, say: () => undefined, signal: new AbortController().signal });
      const work = (job: Job) => workers.work(job, unheard);
      const killIdle = (): void => {
        for (const pid of pids()) if (!known.has(pid)) process.kill(pid, 'SIGKILL');
      };
      const done = Array.from({ length: 4 }, (): WorkerEnd => ({ kind: 'done' }));
      assert.deepEqual(await Promise.all(all.slice(0, 4).map(work)), done);
      assert.equal(processes(), before + 4);
      killIdle();
      const [unseen, seen, ...others] = all.slice(4);
      assert.ok(unseen !== undefined && seen !== undefined);
      assert.deepEqual(await work(unseen), { kind: 'done' });
      killIdle();
      await until(() => processes() === before);
      assert.deepEqual(await work(seen), { kind: 'done' });
      assert.deepEqual(await Promise.all(others.map(work)), done.slice(2));
      workers.dispose();
      await until(() => processes() === before);
    }));

  it('say what a job lacks, and do the next one', () =>
    inTemporaryFolder(async (folder) => {
      const manifest = join(folder, MANIFEST);
      const [good, other] = jobs(2).map(({ flops: _flops, ...job }): Job => job);
      assert.ok(good !== undefined && other !== undefined);
      right(addToManifest(manifestAt(manifest), [good]));
      const workers = createWorkers({ manifest, say: () => undefined, signal: new AbortController().signal });
      const failed = await workers.work(other, unheard);
      assert.equal(
        failed.kind === 'failed' && failed.fault.message,
        `${manifest}: there is no job "${other.id}" among its 1; name the id of one of its lines`,
      );
      assert.deepEqual(await workers.work(good, unheard), { kind: 'done' });
      workers.dispose();
    }));

  it('are not to be started by hand', async () => {
    const { code, stderr } = await vcycle(['worker', MANIFEST]);
    assert.equal(code, 2);
    assert.match(stderr, /is started by vcycle compare; to run a job by hand, use vcycle job MANIFEST ID/);
  });
});
