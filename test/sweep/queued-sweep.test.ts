/** A sweep in a queue: nothing is submitted twice at once, and nothing is lost, whatever the queue forgets. Its jobs are done by hand. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { createJobs } from '../../src/cli/compare/jobs.js';
import { inputFault } from '../../src/fault.js';
import { Folder } from '../../src/files/folder.js';
import type { ArrayOptions, QueuedTask, Slurm, TaskArray } from '../../src/slurm/slurm.js';
import { MANIFEST, manifestAt } from '../../src/sweep/manifest.js';
import { standingText } from '../../src/sweep/queue-standing.js';
import { type Queue, queuedSweep } from '../../src/sweep/queued-sweep.js';
import { waitingJobs } from '../../src/sweep/waiting-jobs.js';
import { inTemporaryFolder, right } from '../runner/harness.js';
import { jobs, leftMessage } from './jobs.js';

/** A queue whose tasks do nothing until they are told to. */
const fakeQueue = (longest = 1001) => {
  const arrays: TaskArray[] = [];
  let tasks: QueuedTask[] = [];
  let answer: 'yes' | 'no' | 'silence after yes' | 'silence after no' = 'yes';
  const slurm: Slurm = {
    submit: (array) => {
      if (answer === 'no') return Promise.resolve(E.left(inputFault('sbatch refused the jobs: no')));
      if (answer !== 'silence after no') {
        arrays.push(array);
        const id = String(arrays.length);
        for (let task = 0; task < array.tasks; task++)
          tasks.push({ array: id, name: array.name, task, state: 'PENDING', reason: 'Priority', node: '', alive: true });
      }
      const unclear = answer !== 'yes';
      return Promise.resolve(
        E.right(unclear ? { kind: 'unclear', words: 'timed out' } : { kind: 'accepted', array: String(arrays.length) }),
      );
    },
    queued: (names) => Promise.resolve(E.right(tasks.filter(({ name }) => names.includes(name)))),
    longestArray: () => Promise.resolve(E.right(longest)),
  };
  return {
    slurm,
    arrays,
    answers: (how: typeof answer): void => {
      answer = how;
    },
    /** Slurm's state of all tasks, or of one of each array. */
    becomes: (state: string, alive: boolean, only?: number, also: Partial<QueuedTask> = {}): void => {
      tasks = tasks.map((task) => (only === undefined || task.task === only ? { ...task, state, alive, ...also } : task));
    },
    forgets: (): void => {
      tasks = [];
    },
  };
};

const sweeping = async (
  use: (of: {
    readonly folder: string;
    readonly queue: ReturnType<typeof fakeQueue>;
    readonly said: string[];
    readonly ask: (options?: Partial<ArrayOptions>) => ReturnType<typeof queuedSweep>;
    readonly work: (index: number) => Promise<void>;
  }) => Promise<void>,
  {
    count = 3,
    longest = 1001,
    heads = [],
  }: { readonly count?: number; readonly longest?: number; readonly heads?: readonly (readonly string[])[] } = {},
): Promise<void> =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, MANIFEST);
    const manifest = manifestAt(path);
    const queue = fakeQueue(longest);
    const said: string[] = [];
    const all = jobs(count).map((job, index) => ({ ...job, heads: heads[index] ?? [] }));
    const ask = (options: Partial<ArrayOptions> = {}) => {
      const how: Queue = { slurm: queue.slurm, options: { others: [], ...options }, wait: false, command: () => ['true'], after: [] };
      return queuedSweep(all, { manifest, queue: how, say: (text) => said.push(text), signal: new AbortController().signal });
    };
    const work = async (index: number): Promise<void> => {
      const { listeners, say, id } = { listeners: [], say: () => undefined, id: all[index]?.id ?? '' };
      right(await createJobs(path, {}).does(id, { listeners, say })());
    };
    await use({ folder, queue, said, ask, work });
  });

/** Ids of the jobs that were submitted first, in the order of their tasks. */
const readJobs = (folder: string): readonly string[] => {
  const record = readdirSync(join(folder, 'slurm')).find((name) => name.endsWith('.json')) ?? '';
  return JSON.parse(readFileSync(join(folder, 'slurm', record), 'utf8')).jobs;
};

const text = (result: Awaited<ReturnType<typeof queuedSweep>>): string => {
  const standing = right(result);
  return standing === undefined ? 'all done' : standingText(standing);
};

describe('a sweep in a queue', () => {
  it('submits one array, and goes on from the jobs’ own folders until all are done', () =>
    sweeping(async ({ queue, ask, work }) => {
      assert.equal(text(await ask()), '0 of 3 jobs done, 3 pending (Priority 3)');
      queue.becomes('RUNNING', true, 0);
      assert.equal(text(await ask()), '0 of 3 jobs done, 1 running, 2 pending (Priority 2)');
      for (const index of [0, 1, 2]) await work(index);
      assert.equal(text(await ask()), 'all done');
      assert.equal(queue.arrays.length, 1);
    }));

  it('submits jobs after those that train what they begin with, and after nothing where that is kept', () =>
    sweeping(
      async ({ queue, ask, work }) => {
        await ask();
        const submitted = () => queue.arrays.map(({ tasks, after }) => [tasks, after]);
        assert.deepEqual(submitted(), [
          [3, []],
          [2, ['1']],
          [1, ['2']],
        ]);
        // What jobs that are done began with is kept; b is not.
        for (const index of [5, 4, 3]) await work(index);
        queue.forgets();
        assert.match(text(await ask()), /^3 of 6 jobs done/);
        assert.deepEqual(submitted().slice(3), [
          [2, []],
          [1, ['4']],
        ]);
      },
      { count: 6, heads: [['a', 'b'], ['c'], ['a', 'b'], [], ['a'], ['c']] },
    ));

  it('believes no state of the queue: what it calls completed without an end record is submitted again', () =>
    sweeping(async ({ queue, ask, work }) => {
      await ask();
      await work(0);
      await work(1);
      queue.becomes('COMPLETED', false);
      assert.equal(text(await ask()), '2 of 3 jobs done, 1 pending (Priority 1)');
      assert.deepEqual(
        queue.arrays.map(({ tasks }) => tasks),
        [3, 1],
      );
    }));

  it('writes what it intends before it asks, and finds a submission again whose answer was lost', () =>
    sweeping(async ({ folder, queue, said, ask }) => {
      queue.answers('silence after yes');
      await ask();
      assert.match(said.join('\n'), /sbatch gave no answer \(timed out\); the queue is asked for vcycle-[0-9a-f]{12} before/);
      queue.answers('yes');
      assert.equal(text(await ask()), '0 of 3 jobs done, 3 pending (Priority 3)');
      assert.equal(queue.arrays.length, 1);
      const record = readdirSync(join(folder, 'slurm')).find((name) => name.endsWith('.json')) ?? '';
      assert.equal(JSON.parse(readFileSync(join(folder, 'slurm', record), 'utf8')).array, '1');
    }));

  it('submits once more what the queue does not know, but only when sbatch has surely given up', () =>
    sweeping(async ({ folder, queue, ask }) => {
      queue.answers('silence after no');
      await ask();
      queue.answers('yes');
      assert.equal(text(await ask()), '0 of 3 jobs done, 3 submitted without an answer');
      assert.equal(queue.arrays.length, 0);
      const name = readdirSync(join(folder, 'slurm')).find((file) => file.endsWith('.json')) ?? '';
      const file = join(folder, 'slurm', name);
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), at: Date.now() - 200_000 }));
      assert.equal(text(await ask()), '0 of 3 jobs done, 3 pending (Priority 3)');
      assert.equal(queue.arrays.length, 1);
    }));

  it('gives up a job that was submitted three times, with its last words and Slurm’s', () =>
    sweeping(async ({ folder, queue, ask }) => {
      for (const _ of [1, 2, 3]) {
        await ask();
        queue.becomes('OUT_OF_MEMORY', false);
      }
      assert.equal(queue.arrays.length, 3);
      const last = queue.arrays.at(-1)?.name ?? '';
      writeFileSync(join(folder, 'slurm', `${last}-0.out`), 'something\nvcycle: no memory is left\n');
      const given = leftMessage(await ask());
      assert.match(given, /job [0-9a-f]{16} .* was submitted 3 times and did not finish \(Slurm says OUT_OF_MEMORY\): /);
      assert.match(given, /\(and 2 more jobs failed\)/);
      assert.equal(queue.arrays.length, 3);
    }));

  it('says what to do about jobs that Slurm will not start by itself', () =>
    sweeping(async ({ queue, ask }) => {
      await ask();
      queue.becomes('PENDING', true, 0, { reason: 'launch failed requeued held' });
      queue.becomes('PENDING', true, 1, { reason: 'JobHeldUser' });
      const standing = right(await ask());
      assert.equal(
        standing === undefined ? '' : standingText(standing),
        '0 of 3 jobs done, 3 pending (Priority 1, JobHeldUser 1, launch failed requeued held 1)',
      );
      assert.deepEqual(standing?.advice, [
        '1 job (JobHeldUser): they wait to be released: scontrol release 1',
        '1 job (launch failed requeued held): the node could not start them: see why with sinfo -R, resume it (scontrol update NodeName=… State=resume), then scontrol release 1',
      ]);
    }));

  it('is told by those of its jobs that have not begun, once Slurm is asked', () =>
    sweeping(async ({ folder, queue, ask, work }) => {
      const ours = (slurm: Slurm = queue.slurm) => waitingJobs([Folder.at(folder)], slurm);
      assert.deepEqual(await ours(), []);
      await ask();
      assert.deepEqual(await ours(), [`${folder}: 3 jobs in Slurm's queue, not begun (Priority 3)`]);
      await work(0);
      assert.deepEqual(await ours(), [`${folder}: 2 jobs in Slurm's queue, not begun (Priority 2)`]);
      const silent: Slurm = {
        ...queue.slurm,
        queued: () => Promise.resolve(E.left({ kind: 'unanswered', message: 'squeue gave no answer' })),
      };
      assert.deepEqual(await ours(silent), [
        `${folder}: 2 jobs submitted to Slurm, not begun as far as is known here: squeue gave no answer`,
      ]);
      queue.becomes('CANCELLED', false);
      assert.deepEqual(await ours(), []);
      for (const index of [1, 2]) await work(index);
      const unasked: Slurm = { ...queue.slurm, queued: () => assert.fail('it was asked of nothing') };
      assert.deepEqual(await waitingJobs([Folder.at(folder)], unasked), []);
    }));

  it('tells of a node that does not see the folder, and submits nothing again', () =>
    sweeping(async ({ folder, queue, ask }) => {
      await ask();
      queue.becomes('FAILED', false, 0, { node: 'n7' });
      // One may have been lost in some other way.
      assert.equal(text(await ask()), '0 of 3 jobs done, 3 pending (Priority 3)');
      assert.equal(queue.arrays.length, 2);
      queue.becomes('COMPLETED', false, undefined, { node: 'n7' });
      const path = join(folder, 'slurm');
      assert.equal(
        leftMessage(await ask()),
        `node n7 does not see ${path}: 3 jobs ended there without any output in it; name a folder that all nodes share, ` +
          `or leave the node out (--exclude=n7 of sbatch), and remove ${path}`,
      );
      assert.equal(queue.arrays.length, 2);
      // With one output it does see it.
      writeFileSync(join(path, `${queue.arrays[0]?.name}-1.out`), '');
      assert.match(text(await ask()), /pending/);
    }));

  it('removes the lock that a task left on a node which is away, once Slurm says that it is over, and no other', () =>
    sweeping(async ({ folder, queue, ask }) => {
      await ask();
      const [first = '', second = ''] = queue.arrays[0] === undefined ? [] : readJobs(folder);
      const lock = (id: string, task: string): string => {
        const at = join(folder, 'jobs', id);
        mkdirSync(at, { recursive: true });
        const file = join(at, 'running-5-1.json');
        writeFileSync(file, JSON.stringify({ pid: 5, host: 'elsewhere', attempt: { cluster: 'one', task, restarts: 0 } }));
        return file;
      };
      const [gone, others] = [lock(first, '1_0'), lock(second, '1_7')];
      queue.becomes('RUNNING', true);
      await ask();
      assert.ok(existsSync(gone));
      queue.becomes('NODE_FAIL', false, undefined, { node: 'n7' });
      await ask();
      assert.deepEqual([existsSync(gone), existsSync(others)], [false, true]);
    }));

  it('has no record of what was refused', () =>
    sweeping(async ({ folder, queue, ask }) => {
      queue.answers('no');
      assert.equal(leftMessage(await ask()), 'sbatch refused the jobs: no');
      assert.deepEqual(readdirSync(join(folder, 'slurm')), []);
      assert.ok(existsSync(join(folder, MANIFEST)));
    }));

  it('splits what is more than an array takes; where few may run at a time, each waits for the one before it', () =>
    sweeping(
      async ({ queue, ask }) => {
        await ask({ atMost: 2 });
        assert.deepEqual(
          queue.arrays.map(({ tasks, after }) => [tasks, after]),
          [
            [2, []],
            [2, ['1']],
            [1, ['2']],
          ],
        );
      },
      { count: 5, longest: 2 },
    ));
});
