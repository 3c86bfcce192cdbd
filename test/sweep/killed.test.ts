/** A comparison whose processes are killed: what continues, and what is done again. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MANIFEST } from '../../src/sweep/manifest.js';
import { CORPUS, inFolder, MAIN, TINY, vcycle } from '../cli/vcycle.js';
import { gone, until } from './jobs.js';

const ARGS = [...TINY, '--data', 'corpus.txt', '--seeds', '2', '--baseline', 'equal-flops', '--out', 'c'] as const;
const STAGES = 'restrict(even) >> train(240) >> prolongate >> train(160)';
const runsIn = (folder: string): readonly string[] => {
  const at = join(folder, 'c', 'jobs');
  return existsSync(at) ? readdirSync(at).map((id) => join(at, id)) : [];
};
/** Times of all events, by folder: a run that was done again would have others. */
const eventsOf = (run: string): string => (existsSync(join(run, 'events.jsonl')) ? readFileSync(join(run, 'events.jsonl'), 'utf8') : '');
const isDone = (run: string): boolean => existsSync(join(run, 'summary.json'));
const kinds = (events: string, kind: string): number => events.split('\n').filter((line) => line.includes(`"kind":"${kind}"`)).length;

/** Processes that write a run, or that died while they did. */
const pidsOf = (run: string): readonly number[] =>
  readdirSync(run).flatMap((name) => {
    const [, pid] = /^running-(\d+)-/.exec(name) ?? [];
    return pid === undefined ? [] : [Number(pid)];
  });
const pidsIn = (folder: string): readonly number[] => runsIn(folder).flatMap(pidsOf);

describe('vcycle compare, killed', function () {
  this.timeout(240_000);

  const start = (folder: string) => spawn(process.execPath, [MAIN, 'compare', STAGES, ...ARGS], { cwd: folder, stdio: 'ignore' });

  it('continues where it was when the command was killed, does nothing twice, and its workers go with it', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (folder) => {
      const child = start(folder);
      const ended = new Promise((resolve) => child.on('close', resolve));
      // One job is done, and another one has just begun: far enough from its end for the kill to come before that.
      const hasJustBegun = (run: string): boolean => {
        const steps = kinds(eventsOf(run), 'step');
        return !isDone(run) && steps > 0 && steps < 100;
      };
      await until(() => runsIn(folder).some(isDone) && runsIn(folder).some(hasJustBegun));
      const workers = pidsIn(folder);
      child.kill('SIGKILL');
      await ended;
      await until(() => workers.every(gone));
      const finished = runsIn(folder).filter(isDone);
      const before = new Map(finished.map((run) => [run, eventsOf(run)]));
      const begun = runsIn(folder).length;
      assert.ok(begun > finished.length && finished.length > 0, `${begun} begun, ${finished.length} done`);
      const again = await vcycle(['compare', STAGES, ...ARGS], { cwd: folder });
      assert.equal(again.code, 0, again.stderr);
      for (const [run, events] of before) assert.equal(eventsOf(run), events, 'a job that was done was done again');
      assert.equal(runsIn(folder).length, 4);
      for (const run of runsIn(folder)) assert.equal(kinds(eventsOf(run), 'step') > 0 && kinds(eventsOf(run), 'run-ended'), 1);
      assert.ok(existsSync(join(folder, 'c', 'report.html')));
    }));

  it('gives the job of a killed worker to another one, which continues it', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (folder) => {
      const child = start(folder);
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      // A checkpoint after the first hundred steps is there.
      await until(() => runsIn(folder).some((run) => /"kind":"checkpointed".*step-00000100/.test(eventsOf(run)) && !isDone(run)));
      const [victim] = pidsIn(folder);
      assert.ok(victim !== undefined);
      process.kill(victim, 'SIGKILL');
      assert.equal(await ended, 0);
      const resumed = runsIn(folder).reduce((sum, run) => sum + kinds(eventsOf(run), 'run-resumed'), 0);
      assert.equal(resumed, 1);
      for (const run of runsIn(folder)) assert.equal(kinds(eventsOf(run), 'run-ended'), 1);
    }));

  it('waits for a job that vcycle job is doing, and calls nothing failed', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (folder) => {
      const first = start(folder);
      const firstEnded = new Promise((resolve) => first.on('close', resolve));
      await until(() => runsIn(folder).some((run) => kinds(eventsOf(run), 'step') > 0 && !isDone(run)));
      const workers = pidsIn(folder);
      first.kill('SIGKILL');
      await firstEnded;
      // A worker that began its next job in between is among the second.
      await until(() => [...workers, ...pidsIn(folder)].every(gone));
      const run = runsIn(folder).find((one) => !isDone(one));
      assert.ok(run !== undefined);
      const byHand = vcycle(['job', join('c', MANIFEST), basename(run)], { cwd: folder });
      await until(() => pidsOf(run).some((pid) => !gone(pid)));
      // Held until the comparison has come to it.
      const [pid] = pidsOf(run).filter((one) => !gone(one));
      assert.ok(pid !== undefined);
      process.kill(pid, 'SIGSTOP');
      const again = spawn(process.execPath, [MAIN, 'compare', STAGES, ...ARGS], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      again.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const againEnded = new Promise<number | null>((resolve) => again.on('close', resolve));
      await until(() => said.includes(`is still being written by process ${pid}, waiting for it`));
      process.kill(pid, 'SIGCONT');
      assert.equal(await againEnded, 0, said);
      assert.doesNotMatch(said, /failed/);
      assert.deepEqual((await byHand).stdout, `${basename(run)} finished\n`);
      assert.equal(kinds(eventsOf(run), 'run-ended'), 1);
    }));
});
