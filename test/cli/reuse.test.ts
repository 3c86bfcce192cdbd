/** States kept for other runs, at the command line: reused and told, within a budget, removed; and a comparison that is the same without them. */
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byteBudget, byteCount } from '../../src/cli/options/argument-numbers.js';
import { withTail } from '../../src/cli/pipeline/rerun-schedule.js';
import { Folder } from '../../src/files/folder.js';
import { given } from '../../src/options.js';
import { reuseNotes } from '../../src/report/comparison/reuse-notes.js';
import { readUnfinished } from '../../src/runner/folder/unfinished.js';
import { type Bindings, print } from '../../src/schedule/text/index.js';
import { messageOf, rightOf } from '../schedule/results.js';
import { assertSameReports } from './same-reports.js';
import { inFolder, vcycle } from './vcycle.js';

const FLAGS = ['--layers', '2', '--width', '4', '--heads', '2', '--context', '4', '--vocabulary', '5', '--batch', '2'];
const DATA = ['--data', 'text.txt', '--learning-rate-shape', 'constant', '--evaluation-batches', '1'];
const SETUP = [...FLAGS.filter((word, index) => word !== '--vocabulary' && FLAGS[index - 1] !== '--vocabulary'), ...DATA];
const TEXT = { 'text.txt': 'abcd'.repeat(400) };
const tail = (steps: number): string => `restrict(even) >> train(6) >> prolongate >> train(${steps})`;

const json = async (args: readonly string[], cwd: string) => {
  const { code, stdout, stderr } = await vcycle([...args, '--json'], { cwd });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
};

describe('states kept for other runs', () => {
  it('are reused by a run that says so, and removed when asked', () =>
    inFolder(TEXT, async (cwd) => {
      const first = await json(['run', ...SETUP, '--reuse', tail(2), '--out', 'a'], cwd);
      assert.equal(first.reused, null);
      const second = await json(['run', ...SETUP, '--reuse', tail(4), '--out', 'b'], cwd);
      assert.deepEqual({ ...second.reused, seconds: 0, flops: 0 }, { run: 'a', stages: 2, step: 6, seconds: 0, flops: 0 });
      const { code, stdout, stderr } = await vcycle(['run', ...SETUP, '--reuse', tail(4), '--out', 'c'], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /\nreused {6}stages 1 to 4, [\d.]+ [kM]FLOP and \d+s of b, were not trained\n? *again\n/);
      const said = await vcycle(['runs', 'prune', '--states'], { cwd });
      assert.match(said.stdout, /^runs\/\.states {2}3 states, [\d.]+kB; 0 stay\nwould remove: 3 states, [\d.]+kB; say --yes to do it\n$/);
      const named = await vcycle(['runs', 'prune', '--states', 'runs/.states', '.', 'runs'], { cwd });
      assert.equal(named.stdout, said.stdout, 'the folder that --states names, once');
      const missing = await vcycle(['runs', 'prune', '--states', 'none'], { cwd });
      assert.deepEqual([missing.code, missing.stderr], [2, 'vcycle: none: there is no such folder; name the one that holds your runs\n']);
      await vcycle(['runs', 'prune', '--states', '--yes'], { cwd });
      assert.deepEqual(readdirSync(join(cwd, 'runs/.states')), []);
    }));

  it('are not kept by a run that was not told to', () =>
    inFolder(TEXT, async (cwd) => {
      await json(['run', ...SETUP, tail(2), '--out', 'a'], cwd);
      assert.deepEqual(readdirSync(cwd).sort(), ['a', 'text.txt']);
      for (const command of ['run', 'compare']) {
        const { code, stderr } = await vcycle([command, ...SETUP, '--states', 'text.txt', tail(2), '--out', 'b'], { cwd });
        assert.equal(stderr, 'vcycle: text.txt must be a folder, since states are kept there (was a file); name another with --states\n');
        assert.equal(code, 2);
      }
      assert.deepEqual(readdirSync(cwd).sort(), ['a', 'text.txt']);
    }));

  it('are kept by one run of a comparison for all others, which leaves its report as it is without them, to the byte', () =>
    inFolder(TEXT, async (cwd) => {
      const compare = ['compare', ...SETUP, '--seeds', '1,', '--baseline', 'none', '--workers', '2', tail(20), tail(30), tail(40)];
      const withStates = await json([...compare, '--out', 'with'], cwd);
      const without = await json([...compare, '--out', 'without', '--no-reuse'], cwd);
      assert.equal(withStates.standings.length, 3);
      assertSameReports(join(cwd, 'with'), join(cwd, 'without'));
      const notes: readonly string[] = withStates.timings.notes;
      assert.match(
        notes.at(-1) ?? '',
        /^2 of 3 runs began with states that 1 run had kept: [\d.]+ [kM]FLOP of [\d.]+ [kM]FLOP were not trained again/,
      );
      assert.deepEqual(without.timings.notes, notes.slice(0, -1));
      assert.ok(!readdirSync(join(cwd, 'without')).includes('states'));
      // A job begins again with the states of its comparison, on as many threads as it had.
      const [job = ''] = readdirSync(join(cwd, 'with/jobs'));
      const again = await json(['rerun', `with/jobs/${job}`, '--from', '4', '--tail', 'train(3)', '--threads', '1', '--out', 'again'], cwd);
      assert.equal(again.reused.stages, 2);
    }));

  it('let a run be begun again from a stage, with other stages after it, to the bits of the whole pipeline', () =>
    inFolder(TEXT, async (cwd) => {
      await json(['run', ...SETUP, '--reuse', tail(2), '--out', 'a'], cwd);
      const again = await json(['rerun', 'a', '--from', '3', '--tail', 'prolongate >> train(m)', '--set', 'm=3', '--out', 'b'], cwd);
      assert.deepEqual([again.reused.run, again.reused.stages, again.steps], ['a', 2, 9]);
      const whole = await json(['run', ...SETUP, tail(3), '--out', 'c'], cwd);
      assert.equal(again.model.validationLoss, whole.model.validationLoss);
      const bits = (run: string): Buffer => readFileSync(join(cwd, run, 'model/model.safetensors'));
      assert.deepEqual(bits('b'), bits('c'));
      copyFileSync(join(cwd, 'a/schedule.json'), join(cwd, 'same.json'));
      const refusals: readonly (readonly [readonly string[], RegExp])[] = [
        [['--from', '9', '--tail', 'train(1)'], /^vcycle: --from must be at most 5, since the run has 4 stages \(was 9\)\n$/],
        [['--from', '5'], /^vcycle: --from must be at most 4, since the run has 4 stages \(was 5\)\n$/],
        [['--from', '9', '--pipeline', 'same.json'], /^vcycle: --from must be at most 5, since the run has 4 stages \(was 9\)\n$/],
        [['--from', '5', '--pipeline', 'same.json'], /^vcycle: --from must be at most 4, since the pipeline has 4 stages \(was 5\)\n$/],
        [['--from', '3', '--set', 'm=3'], /^vcycle: --set: the run has no free names \(.*\); give new stages with --tail\n$/],
        [['--from', '3', '--tail', 'tran(1)'], /^vcycle: --tail: column 1: unknown stage "tran"/],
        [
          ['--from', '3', '--tail', 'prolongate', '--states', 'none'],
          /\nvcycle: no state is kept of the end of stage 2 as this run reaches it on onnx-cpu, CPU, \d+ threads? .*; train it from the beginning\n$/,
        ],
        [['--from', '3', '--tail', 'train(1)'], /must end on level 0/],
      ];
      for (const [args, says] of refusals) {
        const { code, stderr } = await vcycle(['rerun', 'a', ...args, '--out', 'd'], { cwd });
        assert.equal(code, 2, stderr);
        assert.match(stderr, says);
      }
      assert.ok(!readdirSync(cwd).includes('d'));
    }));

  it('let a run be begun again with other numbers for the names of its text, by which it is known', () =>
    inFolder(TEXT, async (cwd) => {
      const named = ['run', ...SETUP, '--reuse', 'restrict(even) >> train(n) >> prolongate >> train(m)', '--set', 'n=6'];
      await json([...named, '--set', 'm=2', '--out', 'a'], cwd);
      const again = await json(['rerun', 'a', '--from', '4', '--set', 'm=3', '--out', 'b'], cwd);
      assert.deepEqual([again.reused.run, again.reused.stages, again.steps], ['a', 2, 9]);
      const { started } = rightOf(readUnfinished(Folder.at(join(cwd, 'b'))));
      assert.ok(started !== undefined);
      assert.deepEqual(started.named, { text: 'restrict(even) >> train(n) >> prolongate >> train(m)', values: { n: 6, m: 3 } });
      const next = (from: number, set: Bindings) => withTail(started.schedule, { from, set, ...given({ named: started.named }) });
      assert.equal(print(rightOf(next(2, { n: 5 })).stages), 'restrict(even) >> train(5) >> prolongate >> train(3)');
      assert.equal(messageOf(next(4, { n: 5 })), '--set must begin as the run did, up to stage 4 (stage 2 was train(6) and is train(5))');
      assert.equal(messageOf(next(4, { k: 5 })), '--set: the name k is never used in the text; remove it or use it');
      assert.equal(messageOf(next(4, { m: 0 })), '--set: m: steps must be an integer >= 1 (was 0)');
    }));

  it('have budgets in bytes', () => {
    const sizes = ['2GB', '500M', '1.5 kB', '1KB', '512MiB'];
    assert.deepEqual(sizes.map(byteBudget), [2e9, 5e8, 1500, 1000, 512 * 2 ** 20]);
    assert.deepEqual(sizes.map(byteCount), sizes.map(byteBudget), 'a memory is said in the same words');
    assert.deepEqual(['12', '0'].map(byteBudget), [12, 0]);
    for (const text of ['2XB', '-1', 'iB', '']) assert.throws(() => byteBudget(text), text);
  });

  it('are told of only if some run began with one', () => {
    assert.deepEqual(reuseNotes([{ flops: 1 }]), []);
  });
});
