/** A comparison under a real Slurm: whatever happens to it on the way, its figures are those of the same comparison on this machine. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { torchPython } from '../backends/with-torch.js';
import { assertSameReports } from '../cli/same-reports.js';
import { CORPUS, inFolder, MAIN, TINY, vcycle } from '../cli/vcycle.js';
import { until } from '../sweep/jobs.js';
import { type RealSlurm, startSlurm, whyNoSlurm } from './real-slurm.js';

const SEEDS = 8;
/** With two baselines these are three jobs a seed. */
const JOBS = 3 * SEEDS;
const COMPARISON = [
  'compare',
  'restrict(even) >> train(300) >> prolongate >> train(200)',
  ...TINY,
  ...['--vocabulary', '11', '--seeds', String(SEEDS), '--json'],
] as const;

/** Ids of the processes that write in jobs' folders now. */
const writersIn = (jobs: string): readonly number[] =>
  readdirSync(jobs).flatMap((job) =>
    readdirSync(join(jobs, job)).flatMap((name) => {
      const pid = /^running-(\d+)-/.exec(name)?.[1];
      return pid === undefined ? [] : [Number(pid)];
    }),
  );

const folders = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

const killed = (pid: number): boolean => {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
};

/** Milliseconds after which the controller has written what happened: it does so every five seconds. */
const SAVED = 7000;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a comparison under a real Slurm', function () {
  this.timeout(480_000);
  let slurm: RealSlurm | undefined;

  before(async function () {
    const reason = whyNoSlurm();
    if (reason !== undefined) {
      console.log(`    no real Slurm here: ${reason}`);
      this.skip();
    }
    slurm = await startSlurm();
  });
  after(() => slurm?.end());

  it(`does ${JOBS} jobs, two at a time, through a controller killed and a job killed, to the figures of a run without`, () =>
    inFolder({}, async (cwd) => {
      assert.ok(slurm !== undefined);
      const { env, call, restartController } = slurm;
      const queued = [...COMPARISON, '--out', 'queued', '--on', 'slurm', '--at-most', '2'];
      const first = await vcycle(queued, { cwd, env });
      assert.equal(first.code, 0, first.stderr);
      assert.equal(JSON.parse(first.stdout).slurm.jobs, JOBS);
      assert.equal(call('squeue', '--noheader', '--format=%F').trim().split('\n').length, 1, 'one array, whatever it holds');
      const jobs = join(cwd, 'queued', 'jobs');
      const waiting = vcycle([...queued, '--wait'], { cwd, env });
      const [array = ''] = call('squeue', '--noheader', '--format=%F').trim().split('\n');
      await until(() => folders(jobs).length > 4 && writersIn(jobs).slice(0, 1).some(killed));
      // While nothing begins or ends the controller has all on the disk.
      call('scontrol', 'hold', array);
      await until(() => call('squeue', '--noheader', '--states=R,CG').trim() === '');
      await pause(SAVED);
      await restartController();
      call('scontrol', 'release', array);
      const ended = await waiting;
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stderr, /slurm: \d+ of 24 jobs done, .* pending \(JobArrayTaskLimit \d+\)/);
      const local = await vcycle([...COMPARISON, '--out', 'local'], { cwd });
      assert.equal(local.code, 0, local.stderr);
      assertSameReports(join(cwd, 'queued'), join(cwd, 'local'));
      // The same jobs' folders give the same seconds, whoever did the jobs.
      const copied = join(cwd, 'copied');
      for (const name of ['jobs', 'manifest.jsonl']) cpSync(join(cwd, 'queued', name), join(copied, name), { recursive: true });
      const reported = await vcycle([...COMPARISON, '--out', 'copied'], { cwd });
      assert.equal(reported.code, 0, reported.stderr);
      const secondsIn = (text: string): unknown => JSON.parse(text).timings.standings;
      assert.deepEqual(secondsIn(reported.stdout), secondsIn(ended.stdout));
      // The killed job alone was submitted a second time.
      const submitted = readdirSync(join(cwd, 'queued', 'slurm')).filter((name) => name.endsWith('.json'));
      assert.equal(submitted.length, 2);
      const again = await vcycle(queued, { cwd, env });
      assert.equal(again.stdout, ended.stdout);
    }));

  it('stops a job with what it has at the word of its time limit, and goes on with it to the same bits', () =>
    inFolder({}, async (cwd) => {
      assert.ok(slurm !== undefined);
      const { env, call } = slurm;
      const one = ['compare', 'train(4000)', ...TINY, '--vocabulary', '11', '--seeds', '3,', '--baseline', 'none', '--json'];
      const waiting = vcycle([...one, '--out', 'queued', '--on', 'slurm', '--wait'], { cwd, env });
      const jobs = join(cwd, 'queued', 'jobs');
      await until(() => folders(jobs).length > 0 && writersIn(jobs).length > 0);
      const [array = ''] = call('squeue', '--noheader', '--format=%F').trim().split('\n');
      // As the controller does it some time before the limit, to the script alone.
      call('scancel', '--batch', '--signal=USR1', array);
      const ended = await waiting;
      assert.equal(ended.code, 0, ended.stderr);
      const slurmFolder = join(cwd, 'queued', 'slurm');
      const outputs = readdirSync(slurmFolder).filter((name) => name.endsWith('.out'));
      assert.equal(outputs.length, 1, 'it was queued again, and not submitted again');
      assert.match(readFileSync(join(slurmFolder, outputs[0] ?? ''), 'utf8'), /stopping after this step[\s\S]*finished/);
      const local = await vcycle([...one, '--out', 'local'], { cwd });
      assert.deepEqual(JSON.parse(ended.stdout).standings, JSON.parse(local.stdout).standings);
    }));

  it('names the node that does not see the folder; before that, vcycle runs tells of the jobs that wait', () =>
    inFolder({}, async (cwd) => {
      assert.ok(slurm !== undefined);
      const { env, call } = slurm;
      const four = [
        'compare',
        'train(5)',
        ...TINY,
        '--vocabulary',
        '11',
        '--seeds',
        '4',
        '--baseline',
        'none',
        '--out',
        'queued',
        '--on',
        'slurm',
      ];
      const held = await vcycle([...four, '--sbatch', '--hold'], { cwd, env });
      assert.equal(held.code, 0, held.stderr);
      const [array = ''] = call('squeue', '--noheader', '--format=%F').trim().split('\n');
      assert.ok(held.stdout.includes(`4 jobs (JobHeldUser): they wait to be released: scontrol release ${array}\n`), held.stdout);
      const runs = await vcycle(['runs', 'queued'], { cwd, env });
      assert.match(runs.stdout, /^queued: 4 jobs in Slurm's queue, not begun \(JobHeldUser 4\)$/m);
      // What this machine sees and a node does not: the folder under another name, while the jobs end.
      const [seen, unseen] = ['slurm', 'elsewhere'].map((name) => join(cwd, 'queued', name)) as [string, string];
      renameSync(seen, unseen);
      call('scontrol', 'release', array);
      await until(() => call('squeue', '--noheader').trim() === '');
      renameSync(unseen, seen);
      const told = await vcycle(four, { cwd, env });
      assert.equal(told.code, 1);
      assert.match(
        told.stderr,
        /^vcycle: node \S+ does not see \S+queued\/slurm: 4 jobs ended there without any output in it; name a folder/m,
      );
      assert.equal(readdirSync(seen).filter((name) => name.endsWith('.json')).length, 1);
    }));

  it('gives ranks to a job, and lets tasks of srun be the ranks of one run, to the bits of as many on one machine', function () {
    torchPython(this);
    return inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      assert.ok(slurm !== undefined);
      const { env, call } = slurm;
      const torch = ['--data', 'text.txt', '--backend', 'torch-cpu', '--threads', '1'];
      const run = ['run', ...TINY, ...torch, '--seed', '3', 'train(5)'];
      const compared = ['compare', ...TINY, ...torch, '--ranks', '2', '--seeds', '3,', '--baseline', 'none', 'train(5)'];
      const queued = await vcycle([...compared, '--out', join('new', 'queued'), '--on', 'slurm', '--wait', '--json'], { cwd, env });
      assert.equal(queued.code, 0, queued.stderr);
      const tasks = ['--ntasks=2', `--chdir=${cwd}`, '--output=task-%t.txt', process.execPath, MAIN];
      call('srun', ...tasks, ...run, '--ranks', '1', '--rendezvous', 'slurm', '--out', 'tasks');
      assert.match(
        readFileSync(join(cwd, 'task-1.txt'), 'utf8'),
        /^node 1 of 2: rank 1 will follow rank 0 at \S+\nrank 0 has ended the run$/m,
      );
      const here = await vcycle([...run, '--ranks', '2', '--out', 'here'], { cwd });
      assert.equal(here.code, 0, here.stderr);
      const modelIn = (folder: string): Buffer => readFileSync(join(cwd, folder, 'model', 'model.safetensors'));
      const [job = assert.fail('there is no job')] = readdirSync(join(cwd, 'new', 'queued', 'jobs'));
      for (const folder of ['tasks', join('new', 'queued', 'jobs', job)]) assert.ok(modelIn(folder).equals(modelIn('here')), folder);
      assert.match(JSON.parse(queued.stdout).device, /each of 2 ranks$/);
    });
  });

  it("says Slurm's own words where it refuses", () =>
    inFolder({}, async (cwd) => {
      assert.ok(slurm !== undefined);
      const { env } = slurm;
      const refused = await vcycle([...COMPARISON, '--on', 'slurm', '--partition', 'nowhere'], { cwd, env });
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /sbatch refused the jobs: .*invalid partition/i);
    }));
});
