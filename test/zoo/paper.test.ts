/**
 * The paper's setting: the pipelines say its sizes and steps, a few steps of the short one run on GPT-2's tokens, and the README has what `vcycle plan`
 * prints. UPDATE_GOLDEN=1 writes that again.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import evenOdd from '../../pipelines/paper/even-odd.js';
import short from '../../pipelines/paper/even-odd-200.js';
import singleLevel from '../../pipelines/paper/single-level.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import type { Invalid } from '../../src/invalid.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { resolve } from '../../src/transfer/resolve.js';
import { vcycle } from '../cli/vcycle.js';
import { onnxBackend, right } from '../runner/harness.js';
import { fewSteps } from './few-steps.js';

const PAGE = join('pipelines', 'paper', 'README.md');

/** Steps on each number of layers. */
const stepsOf = (given: Schedule | Invalid): Readonly<Record<number, number>> => {
  const steps: Record<number, number> = {};
  for (const { stage, layers } of resolve(right(verify(given))))
    if (stage.kind === 'train') steps[layers] = (steps[layers] ?? 0) + stage.steps;
  return steps;
};

describe("the paper's setting", function () {
  this.timeout(120_000);

  it('is 12 blocks of width 256 with 8 heads on the tokens of GPT-2, SGD, 16,000 steps', () => {
    for (const pipeline of [singleLevel, evenOdd, short]) {
      const { model, data, optimizer } = right(verify(pipeline)).setup;
      const { layers, heads, width, vocabulary } = model;
      assert.deepEqual({ layers, heads, width, vocabulary }, { layers: 12, heads: 8, width: 256, vocabulary: 50_257 });
      assert.deepEqual([data.kind === 'text' && data.tokenizer, optimizer.kind], ['gpt2', 'sgd']);
    }
    assert.deepEqual(stepsOf(singleLevel), { 12: 16_000 });
    assert.deepEqual(stepsOf(evenOdd), { 6: 8 * 2 * 880, 12: 8 * 240 });
    assert.deepEqual(stepsOf(short), { 6: 160, 12: 40 });
  });

  it('runs, narrow and for a few steps, on the text and the vocabulary that it names', async () => {
    const { version, setup, stages } = right(verify(short));
    const model = { ...setup.model, width: 16, context: 8 };
    const schedule: Schedule = { version, setup: { ...setup, model, batch: 2 }, stages: fewSteps({ version, setup, stages }).stages };
    const backend = await onnxBackend();
    const data = right(await loadDataset(setup.data, { context: 8 })());
    const { outcome, stages: records } = right(await run(schedule, data, { backend, folder: new MemoryFolder() })());
    assert.deepEqual(outcome, { kind: 'finished' });
    for (const { counted, planned } of records) assert.deepEqual(counted, planned);
    right(await backend.close()());
  });

  it('is planned in the README as the command prints it', async () => {
    const page = readFileSync(PAGE, 'utf8');
    let text = page;
    for (const [, command = ''] of page.matchAll(/^\$ npx vcycle plan (.*)$/gm)) {
      const [files = '', last] = command.split(' | tail -');
      const paths =
        files === 'pipelines/paper/{single-level,even-odd}.ts' ? ['single-level', 'even-odd'] : [files.replace(/^.*\/|\.ts$/g, '')];
      const { code, stdout, stderr } = await vcycle(['plan', ...paths.map((name) => `pipelines/paper/${name}.ts`)], { cwd: process.cwd() });
      assert.equal(code, 0, stderr);
      const shown = last === undefined ? stdout : `${stdout.trimEnd().split('\n').slice(-Number(last)).join('\n')}\n`;
      const begin = text.indexOf(`$ npx vcycle plan ${command}\n`) + `$ npx vcycle plan ${command}\n`.length;
      text = text.slice(0, begin) + shown + text.slice(text.indexOf('```', begin));
    }
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(PAGE, text);
    else assert.equal(page, text);
    assert.ok((page.match(/^\$ npx vcycle plan /gm) ?? []).length === 2);
  });
});
