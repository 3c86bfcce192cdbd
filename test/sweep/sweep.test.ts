/** Sweeps: every job once, whatever is killed; the manifest as the seam for other schedulers. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { createJobs } from '../../src/cli/compare/jobs.js';
import { inputFault } from '../../src/fault.js';
import { Folder } from '../../src/files/folder.js';
import { thisProcess } from '../../src/runner/folder/process-identity.js';
import type { Job } from '../../src/sweep/job.js';
import { jobOf } from '../../src/sweep/job.js';
import { stateOf } from '../../src/sweep/job-state.js';
import { addToManifest, jobFolder, MANIFEST, type ManifestPlace, manifestAt, readManifest } from '../../src/sweep/manifest.js';
import { type SweepListener, sweep, type WorkerEnd } from '../../src/sweep/sweep.js';
import { inFolder, vcycle } from '../cli/vcycle.js';
import { inTemporaryFolder, nullBackend, right, runWithEvents } from '../runner/harness.js';
import { jobs, leftMessage, quiet, seeded } from './jobs.js';

describe('jobs', () => {
  it('have an id of what is computed, and of nothing else', () => {
    const content = { schedule: seeded(1), backend: 'null', allowCpu: false };
    const { id } = jobOf('a', content);
    assert.match(id, /^[0-9a-f]{16}$/);
    assert.equal(jobOf('another', content).id, id);
    const others = [
      { ...content, schedule: seeded(2) },
      { ...content, backend: 'onnx-cpu' },
      { ...content, dataDigest: 'abc' },
    ].map((other) => jobOf('a', other).id);
    assert.equal(new Set([id, ...others]).size, 4);
  });

  it('are one a line in the manifest, each once, and come out as they went in', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, MANIFEST);
      const manifest = manifestAt(path);
      const all = jobs(3).map(({ flops: _flops, ...job }): Job => job);
      right(addToManifest(manifest, all.slice(0, 2)));
      right(addToManifest(manifest, all));
      right(addToManifest(manifest, all));
      assert.deepEqual(right(readManifest(manifest)), all);
      assert.equal(readFileSync(path, 'utf8').split('\n').length, 4);
    }));

  it('whose line was changed by hand are refused', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, MANIFEST);
      const manifest = manifestAt(path);
      right(addToManifest(manifest, jobs(1)));
      writeFileSync(path, readFileSync(path, 'utf8').replace('"null"', '"onnx-cpu"'));
      assert.match(leftMessage(readManifest(manifest)), /the id [0-9a-f]{16} is not that of its job/);
      appendFileSync(path, '{"id":');
      assert.match(leftMessage(readManifest(manifest)), /manifest\.jsonl:1: the id /);
    }));
});

/** Of this process, and none that it took: those are numbered from 1, and what other tests left behind of them is known to be void. */
const ownLock = `running-${process.pid}-0.json`;

describe('the state of a job', () => {
  const [job] = jobs(1);
  assert.ok(job !== undefined);

  it('is absent, then done', () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'run');
      assert.equal(right(stateOf(Folder.at(folder), job)).kind, 'absent');
      right((await runWithEvents(job.schedule, { backend: await nullBackend(), folder })).result);
      assert.equal(right(stateOf(Folder.at(folder), job)).kind, 'done');
    }));

  it('is unfinished without a summary, and begun badly without a schedule', () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'run');
      right((await runWithEvents(job.schedule, { backend: await nullBackend(), folder })).result);
      rmSync(join(folder, 'summary.json'));
      assert.equal(right(stateOf(Folder.at(folder), job)).kind, 'unfinished');
      rmSync(join(folder, 'schedule.json'));
      assert.equal(right(stateOf(Folder.at(folder), job)).kind, 'begun-badly');
    }));

  it('is that it is being written while a process that lives, or cannot be asked, says so', () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'run');
      right((await runWithEvents(job.schedule, { backend: await nullBackend(), folder })).result);
      const lock = join(folder, ownLock);
      writeFileSync(lock, JSON.stringify(thisProcess()));
      assert.deepEqual(right(stateOf(Folder.at(folder), job)), {
        kind: 'being-written',
        message: `${folder} is still being written by process ${process.pid}`,
      });
      writeFileSync(lock, JSON.stringify({ pid: 7, host: 'elsewhere' }));
      assert.deepEqual(right(stateOf(Folder.at(folder), job)), {
        kind: 'being-written',
        message: `${folder} is being written by process 7 on elsewhere, which cannot be asked from here; if it has ended, remove ${lock}`,
      });
      writeFileSync(lock, JSON.stringify({ ...thisProcess(), began: 'long ago' }));
      assert.equal(right(stateOf(Folder.at(folder), job)).kind, 'done');
    }));

  it('is refused of a folder with something else than a run, and nothing of it is removed', () =>
    inTemporaryFolder(async (parent) => {
      const manifest = manifestAt(join(parent, MANIFEST));
      const folder = jobFolder(manifest, job).path;
      right(addToManifest(manifest, [job]));
      mkdirSync(join(folder, 'checkpoints'), { recursive: true });
      for (const name of ['events.jsonl', 'schedule.json.part', 'running-1-1.json']) writeFileSync(join(folder, name), '');
      assert.equal(right(stateOf(Folder.at(folder), job)).kind, 'begun-badly');
      writeFileSync(join(folder, 'notes.txt'), 'mine');
      const ended = await createJobs(manifest.path, {}).does(job.id, { listeners: [], say: () => undefined })();
      assert.deepEqual(
        ended,
        E.left(inputFault(`${folder} must hold a run, or nothing (it holds notes.txt, which belongs to no run); move that elsewhere`)),
      );
      assert.equal(readFileSync(join(folder, 'notes.txt'), 'utf8'), 'mine');
    }));

  it('is its own comparison’s: behind a link no run begins, continues or is emptied', () =>
    inTemporaryFolder(async (parent) => {
      const [folder, outside] = [join(parent, 'c'), join(parent, 'outside')];
      const manifest = manifestAt(join(folder, MANIFEST));
      right(addToManifest(manifest, [job]));
      mkdirSync(join(outside, job.id), { recursive: true });
      symlinkSync(outside, join(folder, 'jobs'));
      const attempt = async (): Promise<string> =>
        leftMessage(await createJobs(manifest.path, {}).does(job.id, { listeners: [], say: () => undefined })());
      writeFileSync(join(outside, job.id, 'schedule.json.part'), 'mine');
      assert.match(await attempt(), /jobs is a link, and nothing is written or removed behind one/);
      assert.equal(readFileSync(join(outside, job.id, 'schedule.json.part'), 'utf8'), 'mine');
      rmSync(join(outside, job.id), { recursive: true });
      assert.match(await attempt(), /jobs is a link, and nothing is written behind one/);
      assert.deepEqual(readdirSync(outside), []);
    }));

  it('is that it is damaged where its events are not those that its summary counted: half of them, others, none; and it is done again', () =>
    inTemporaryFolder(async (parent) => {
      const manifest = manifestAt(join(parent, MANIFEST));
      right(addToManifest(manifest, [job]));
      const folder = jobFolder(manifest, job);
      const [events, summary] = [folder.pathOf('events.jsonl'), folder.pathOf('summary.json')];
      const said: string[] = [];
      const doIt = async () =>
        right(await createJobs(manifest.path, {}).does(job.id, { listeners: [], say: (message) => said.push(message) })());
      assert.equal(await doIt(), 'finished');
      const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -1);
      const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
      const withoutDigest = (): string => JSON.stringify({ ...JSON.parse(readFileSync(summary, 'utf8')), events: undefined });
      const cases: readonly (readonly [spoil: (whole: string) => string, message: RegExp, earlier?: 'by an earlier version'])[] = [
        [(whole) => textOf(linesOf(whole).slice(0, 8)), /events\.jsonl is not as summary\.json has it \(\d+ bytes of \d+\)$/],
        [(whole) => whole.replace(/"loss":\d/, '"loss":7'), /\(other bytes\)$/],
        [(whole) => `nonsense\n${whole}`, /events\.jsonl, line 1: not JSON$/],
        [
          (whole) => textOf(linesOf(whole).filter((line) => !/"kind":"step","stage":1,/.test(line))),
          /\(2 steps of 5\)$/,
          'by an earlier version',
        ],
        [(whole) => textOf(linesOf(whole).slice(0, -1)), /\(no word of its end\)$/, 'by an earlier version'],
        [() => '', /\(0 steps of 5\)$/, 'by an earlier version'],
      ];
      for (const [spoil, message, earlier] of cases) {
        const text = spoil(readFileSync(events, 'utf8'));
        writeFileSync(events, text);
        if (earlier !== undefined) writeFileSync(summary, withoutDigest());
        const again: string[] = [];
        const work = async (): Promise<WorkerEnd> => {
          assert.equal(await doIt(), 'finished');
          return { kind: 'done' };
        };
        right(await sweep(jobs(1), { manifest, workers: 1, listener: { ...quiet, again: (_job, why) => again.push(why) }, work })());
        assert.match(again.join(), message);
        assert.deepEqual(said.splice(0), [`${again}; the job is run again, and what there was is kept as ${folder.path}.damaged`]);
        assert.equal(readFileSync(`${folder.path}.damaged/events.jsonl`, 'utf8'), text);
        assert.equal(await doIt(), 'done');
      }
      writeFileSync(summary, withoutDigest());
      assert.equal(right(stateOf(folder, job)).kind, 'done', 'a whole run that an earlier version wrote');
      rmSync(summary);
      assert.equal(right(stateOf(folder, job)).kind, 'unfinished');
      writeFileSync(events, `nonsense\n${readFileSync(events, 'utf8')}`);
      assert.equal(right(stateOf(folder, job)).kind, 'damaged', 'nobody continues from there');
    }));

  it('is refused of a file in place of the folder', () =>
    inTemporaryFolder(async (parent) => {
      const path = join(parent, 'run');
      writeFileSync(path, '');
      assert.deepEqual(
        stateOf(Folder.at(path), job),
        E.left(inputFault(`${path} must be a folder, since the run of a job goes there (was a file); remove it`)),
      );
    }));

  it('is refused of a folder that holds another run, or was written by another version', () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'run');
      right((await runWithEvents(job.schedule, { backend: await nullBackend(), folder })).result);
      assert.match(
        leftMessage(stateOf(Folder.at(folder), { ...job, backend: 'onnx-cpu' })),
        /holds a run on null, and its job is for onnx-cpu/,
      );
      assert.match(leftMessage(stateOf(Folder.at(folder), { ...job, schedule: seeded(5) })), /another schedule than its job's/);
      writeFileSync(join(folder, 'summary.json'), '{"format":7}');
      assert.match(leftMessage(stateOf(Folder.at(folder), job)), /no summary of a run by this version of vcycle/);
      const schedule = readFileSync(join(folder, 'schedule.json'), 'utf8');
      writeFileSync(join(folder, 'schedule.json'), schedule.replace('"version": 1', '"version": 99'));
      assert.match(leftMessage(stateOf(Folder.at(folder), job)), /schedule\.json: .*version/);
    }));
});

describe('a sweep', () => {
  const done = async (): Promise<WorkerEnd> => ({ kind: 'done' });

  it('has as many workers at a time as it was given, and begins with the longest job', () =>
    inTemporaryFolder(async (folder) => {
      const order: string[] = [];
      let [now, most] = [0, 0];
      const work = async ({ arm }: Job): Promise<WorkerEnd> => {
        order.push(arm);
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
        return { kind: 'done' };
      };
      right(await sweep(jobs(7), { manifest: manifestAt(join(folder, MANIFEST)), workers: 3, listener: quiet, work })());
      assert.equal(most, 3);
      assert.deepEqual(
        order,
        [6, 5, 4, 3, 2, 1, 0].map((index) => `job ${index}`),
      );
    }));

  it('does not do what is done', () =>
    inTemporaryFolder(async (folder) => {
      const manifest = manifestAt(join(folder, MANIFEST));
      const all = jobs(3);
      const [first] = all;
      assert.ok(first !== undefined);
      mkdirSync(join(folder, 'jobs'));
      right((await runWithEvents(first.schedule, { backend: await nullBackend(), folder: jobFolder(manifest, first).path })).result);
      const order: string[] = [];
      const work = (job: Job) => {
        order.push(job.arm);
        return done();
      };
      right(await sweep(all, { manifest, workers: 1, listener: quiet, work })());
      assert.deepEqual(order, ['job 2', 'job 1']);
    }));

  it('gives the job of a worker that was ended to another one, three times', () =>
    inTemporaryFolder(async (folder) => {
      const manifest = manifestAt(join(folder, MANIFEST));
      let tries = 0;
      const work = async (): Promise<WorkerEnd> => {
        tries += 1;
        return tries < 3 ? { kind: 'lost', message: 'killed' } : { kind: 'done' };
      };
      right(await sweep(jobs(1), { manifest, workers: 1, listener: quiet, work })());
      assert.equal(tries, 3);
      const never = async (): Promise<WorkerEnd> => ({ kind: 'lost', message: 'killed' });
      assert.match(
        leftMessage(await sweep(jobs(1), { manifest, workers: 1, listener: quiet, work: never })()),
        /\(job 0, seed 0\): killed, for the 3rd time/,
      );
    }));

  /** The run of a job that is done, or has no summary yet, with the lock of a process that lives. */
  const lockedRun = async (manifest: ManifestPlace, job: Job, ...without: readonly string[]): Promise<string> => {
    const folder = jobFolder(manifest, job).path;
    mkdirSync(dirname(folder), { recursive: true });
    right((await runWithEvents(job.schedule, { backend: await nullBackend(), folder })).result);
    for (const name of without) rmSync(join(folder, name));
    const lock = join(folder, ownLock);
    writeFileSync(lock, JSON.stringify(thisProcess()));
    return lock;
  };

  it('leaves a job that another process is doing for the end, and takes it as done, or continues it', () =>
    inTemporaryFolder(async (folder) => {
      const manifest = manifestAt(join(folder, MANIFEST));
      const all = jobs(3);
      const [, one, two] = all;
      assert.ok(one !== undefined && two !== undefined);
      const finishing = await lockedRun(manifest, two);
      const dying = await lockedRun(manifest, one, 'summary.json');
      const order: string[] = [];
      const work = (job: Job) => {
        order.push(job.arm);
        return done();
      };
      const waited: string[] = [];
      const ended: string[] = [];
      const listener: SweepListener = {
        ...quiet,
        waits: ({ arm }) => waited.push(arm),
        ended: ({ arm }, { kind }) => ended.push(`${arm} ${kind}`),
      };
      setTimeout(() => rmSync(finishing), 1200);
      setTimeout(() => rmSync(dying), 1500);
      right(await sweep(all, { manifest, workers: 2, listener, work })());
      assert.deepEqual(waited, ['job 2', 'job 1']);
      assert.deepEqual(order, ['job 0', 'job 1']);
      assert.deepEqual(ended, ['job 0 done', 'job 2 done', 'job 1 done']);
    }));

  it('does not call a job failed that another process took before its worker came to it', () =>
    inTemporaryFolder(async (folder) => {
      const manifest = manifestAt(join(folder, MANIFEST));
      const all = jobs(1);
      const [job] = all;
      assert.ok(job !== undefined);
      const work = async (): Promise<WorkerEnd> => {
        const lock = await lockedRun(manifest, job);
        setTimeout(() => rmSync(lock), 500);
        return { kind: 'failed', fault: { kind: 'input', message: 'it is being written' } };
      };
      right(await sweep(all, { manifest, workers: 1, listener: quiet, work })());
    }));

  it('stops waiting when it is asked to stop', () =>
    inTemporaryFolder(async (folder) => {
      const manifest = manifestAt(join(folder, MANIFEST));
      const all = jobs(1);
      const [job] = all;
      assert.ok(job !== undefined);
      await lockedRun(manifest, job);
      const controller = new AbortController();
      const listener: SweepListener = { ...quiet, waits: () => controller.abort() };
      const result = await sweep(all, { manifest, workers: 1, listener, work: done, signal: controller.signal })();
      assert.equal(leftMessage(result), 'stopped; the same command continues where it was');
    }));

  it('that is stopped calls its jobs stopped, whatever became of their workers, and begins no other', () =>
    inTemporaryFolder(async (folder) => {
      const controller = new AbortController();
      const ends: readonly WorkerEnd[] = [
        { kind: 'lost', message: 'its worker was ended (SIGINT)' },
        { kind: 'failed', fault: { kind: 'run', message: 'the job was stopped at step 3' } },
        { kind: 'done' },
      ];
      let begun = 0;
      const work = async (): Promise<WorkerEnd> => {
        const end = ends[begun] ?? assert.fail('one more was begun');
        begun += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.abort();
        return end;
      };
      const told: string[] = [];
      const listener: SweepListener = {
        ...quiet,
        ended: ({ arm }, { kind }) => told.push(`${arm} ${kind}`),
        over: () => told.push('over'),
      };
      const result = await sweep(jobs(5), {
        manifest: manifestAt(join(folder, MANIFEST)),
        workers: 3,
        listener,
        work,
        signal: controller.signal,
      })();
      assert.equal(leftMessage(result), 'stopped; the same command continues where it was');
      assert.deepEqual(told, ['job 4 stopped', 'job 3 stopped', 'job 2 done', 'over']);
    }));

  it('says that it continues a job only where it does', () =>
    inTemporaryFolder(async (folder) => {
      const told: string[] = [];
      const listener: SweepListener = { ...quiet, ended: (_job, { kind }) => told.push(kind) };
      const work = async (): Promise<WorkerEnd> => ({ kind: 'lost', message: 'killed' });
      await sweep(jobs(1), { manifest: manifestAt(join(folder, MANIFEST)), workers: 1, listener, work })();
      assert.deepEqual(told, ['lost', 'lost', 'failed']);
    }));

  it('does the others where one fails, and says so at the end', () =>
    inTemporaryFolder(async (folder) => {
      const seen: string[] = [];
      const work = async ({ arm }: Job): Promise<WorkerEnd> => {
        seen.push(arm);
        return arm === 'job 2' ? { kind: 'failed', fault: { kind: 'run', message: 'the disk is full' } } : { kind: 'done' };
      };
      const result = await sweep(jobs(3), { manifest: manifestAt(join(folder, MANIFEST)), workers: 1, listener: quiet, work })();
      assert.equal(leftMessage(result), 'the disk is full');
      assert.equal(seen.length, 3);
    }));
});

describe('vcycle job', function () {
  this.timeout(120_000);

  it('does one job of a manifest, once, and knows no others', () =>
    inFolder({}, async (folder) => {
      const [one] = jobs(1);
      assert.ok(one !== undefined);
      right(addToManifest(manifestAt(join(folder, MANIFEST)), [one]));
      const first = await vcycle(['job', MANIFEST, one.id], { cwd: folder });
      assert.deepEqual([first.code, first.stdout], [0, `${one.id} finished\n`]);
      const second = await vcycle(['job', MANIFEST, one.id], { cwd: folder });
      assert.deepEqual([second.code, second.stdout], [0, `${one.id} done\n`]);
      const other = await vcycle(['job', MANIFEST, 'abc'], { cwd: folder });
      assert.equal(other.code, 2);
      assert.match(other.stderr, /manifest\.jsonl: there is no job "abc" among its 1/);
    }));
});
