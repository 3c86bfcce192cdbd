/** Jobs that begin with the same training: one does it, and the others wait for what it keeps, and for nothing else. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { MANIFEST, manifestAt } from '../../src/sweep/manifest.js';
import { type JobNotes, sweep, type WorkerEnd } from '../../src/sweep/sweep.js';
import { inTemporaryFolder, right } from '../runner/harness.js';
import { jobs, leftMessage, quiet } from './jobs.js';

/** Some turns of the event loop, in which all that can happen does. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

const DONE: WorkerEnd = { kind: 'done' };

interface Running {
  readonly notes: JobNotes;
  readonly ends: (end: WorkerEnd) => Promise<void>;
}

/** A sweep whose jobs do what the test tells them. The longest is the last. */
const sweeping = (workers: number, heads: readonly (readonly string[])[], test: (running: Map<string, Running>) => Promise<void>) =>
  inTemporaryFolder(async (folder) => {
    const running = new Map<string, Running>();
    const work = (job: { readonly arm: string }, notes: JobNotes): Promise<WorkerEnd> =>
      new Promise((resolve) => {
        const ends = (end: WorkerEnd): Promise<void> => {
          running.delete(job.arm);
          resolve(end);
          return settled();
        };
        running.set(job.arm, { notes, ends });
      });
    const all = jobs(heads.length).map((job, index) => ({ ...job, heads: heads[index] ?? [] }));
    const swept = sweep(all, { manifest: manifestAt(join(folder, MANIFEST)), workers, listener: quiet, work })();
    await settled();
    await test(running);
    while (running.size > 0) for (const { ends } of [...running.values()]) await ends(DONE);
    return swept;
  });

const get = (running: ReadonlyMap<string, Running>, name: string): Running => running.get(name) ?? assert.fail(`${name} does not run`);
const names = (running: ReadonlyMap<string, Running>): readonly string[] => [...running.keys()].sort();

describe('jobs with a head in common', () => {
  it('wait while one of them trains it, other work goes first, and all begin once its state is kept', () =>
    sweeping(3, [[], ['a'], ['a'], ['a']], async (running) => {
      assert.deepEqual(names(running), ['job 0', 'job 3']);
      get(running, 'job 3').notes.ahead(['a', 'own']);
      await settled();
      assert.deepEqual(names(running), ['job 0', 'job 3']);
      get(running, 'job 3').notes.passed('a', true);
      await settled();
      assert.deepEqual(names(running), ['job 0', 'job 2', 'job 3']);
      await get(running, 'job 0').ends(DONE);
      assert.deepEqual(names(running), ['job 1', 'job 2', 'job 3']);
    }).then(right));

  it('wait for the longest part that they share with one that runs, and for no part that they do not', () =>
    sweeping(4, [['a'], ['a', 'b'], ['c'], ['a', 'b']], async (running) => {
      assert.deepEqual(names(running), ['job 2', 'job 3']);
      get(running, 'job 3').notes.passed('a', true);
      await settled();
      assert.deepEqual(names(running), ['job 0', 'job 2', 'job 3']);
      get(running, 'job 3').notes.passed('b', true);
      await settled();
      assert.deepEqual(names(running), ['job 0', 'job 1', 'job 2', 'job 3']);
    }).then(right));

  it('train it side by side where its state cannot be kept', () =>
    sweeping(2, [['a'], ['a'], ['a']], async (running) => {
      get(running, 'job 2').notes.passed('a', false);
      await settled();
      get(running, 'job 1').notes.ahead(['a']);
      await get(running, 'job 2').ends(DONE);
      assert.deepEqual(names(running), ['job 0', 'job 1']);
    }).then(right));

  it('do not wait for one that is past it, or does not train it, and has not kept it', () =>
    sweeping(3, [['a'], ['a'], ['a']], async (running) => {
      get(running, 'job 2').notes.ahead(['own']);
      await settled();
      assert.deepEqual(names(running), ['job 1', 'job 2']);
    }).then(right));

  it('are led by the next one where one fails, and still by the same one where its worker is lost', async () => {
    const swept = await sweeping(3, [['a'], ['a'], ['a']], async (running) => {
      const { notes } = get(running, 'job 2');
      await get(running, 'job 2').ends({ kind: 'lost', message: 'killed' });
      assert.deepEqual(names(running), ['job 2']);
      notes.ahead(['a']);
      await get(running, 'job 2').ends({ kind: 'failed', fault: { kind: 'run', message: 'the disk is full' } });
      assert.deepEqual(names(running), ['job 1']);
    });
    assert.equal(leftMessage(swept), 'the disk is full');
  });

  it('wait again while one trains it a second time, since what was kept is damaged', () =>
    sweeping(2, [['a'], ['a'], ['a']], async (running) => {
      get(running, 'job 2').notes.passed('a', true);
      await settled();
      get(running, 'job 1').notes.ahead(['a']);
      await get(running, 'job 2').ends(DONE);
      assert.deepEqual(names(running), ['job 1']);
      get(running, 'job 1').notes.passed('a', true);
      await settled();
      assert.deepEqual(names(running), ['job 0', 'job 1']);
    }).then(right));

  it('are stopped with the sweep', async () => {
    const stop = new AbortController();
    await inTemporaryFolder(async (folder) => {
      const work = async (): Promise<WorkerEnd> => {
        await settled();
        stop.abort();
        return { kind: 'lost', message: 'SIGINT' };
      };
      const all = jobs(2).map((job) => ({ ...job, heads: ['a'] }));
      const options = { manifest: manifestAt(join(folder, MANIFEST)), workers: 2, listener: quiet, work, signal: stop.signal };
      assert.ok(E.isLeft(await sweep(all, options)()));
    });
  });
});
