/** The progress line: what it says, and how seldom it speaks. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { noFlops } from '../../src/program/types/flops.js';
import { createProgress, type ProgressStream } from '../../src/report/run/progress.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { syntheticRun } from './synthetic-run.js';

const collect = (isTTY: boolean, columns = 100): { readonly stream: ProgressStream; readonly text: () => string } => {
  let text = '';
  const writable = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream: Object.assign(writable, { isTTY, columns }), text: () => text };
};

const play = (events: readonly RunEvent[], isTTY: boolean): string => {
  const { stream, text } = collect(isTTY);
  const listen = createProgress(stream);
  for (const event of events) listen(event);
  return text();
};

const events = syntheticRun([
  ['restrict(even)', 'restrict', 1, 2, 0],
  ['train(2000)', 'train', 1, 2, 2000],
  ['prolongate', 'prolongate', 0, 4, 0],
  ['train(500)', 'train', 0, 4, 500],
]);

describe('progress', () => {
  it('off a terminal is a plain line every five seconds and one at the end', () => {
    const lines = play(events, false).trimEnd().split('\n');
    // 25 seconds of steps.
    assert.equal(lines.length, 6);
    assert.match(lines[0] ?? '', /^500\/2500 {2}train\(2000\) {2}level 1 {2}loss \d\.\d{4} {2}10\.0 ktok\/s {2}200 GFLOP\/s {2}\d+s left$/);
    assert.match(lines.at(-1) ?? '', /^2500\/2500 {2}train\(500\) {2}level 0 .* 400 GFLOP\/s {2}0s left$/);
  });

  it('shortens a stage with many options, in a log too, and never the loss or the time left', () => {
    const op = `train(2000, data: text("${'more/'.repeat(40)}of-it.txt"), learningRate: cosine(0.001))`;
    const [line = ''] = play(syntheticRun([[op, 'train', 0, 2, 2000]]), false).split('\n');
    assert.match(line, /^500\/2000 {2}train\(2000, data: text\("more\/[^ ]*… {2}level 0 {2}loss \d\.\d{4} .* \d+s left$/);
    assert.equal(line.length, 120);
  });

  it('says how often a run has returned from a spike, and counts the steps that it kept', () => {
    const spike: RunEvent = {
      kind: 'spiked',
      time: 0,
      stage: 0,
      level: 0,
      loss: 9,
      limit: 5,
      step: 20,
      to: 5,
      thrown: { steps: 15, flops: noFlops, evaluationFlops: noFlops },
      returns: 1,
    };
    const all = syntheticRun([['train(20)', 'train', 0, 2, 20]]);
    assert.match(
      play([...all.slice(0, -1), spike, ...all.slice(-1)], false),
      /^5\/20 {2}train\(20\) {2}level 0 {2}loss \d\.\d{4} {2}1 spike {2}/,
    );
  });

  it('foresees a level that has not run yet by its depth', () => {
    // 1500 coarse steps of 10 ms, and 500 steps of twice as many layers.
    const [first] = play(events, false).split('\n');
    assert.match(first ?? '', / 25s left$/);
  });

  it('ends with the last step even when the run was stopped', () => {
    const stopped = events.filter((event) => event.kind !== 'step' || event.step <= 7);
    assert.match(play(stopped, false), /^7\/2500 /);
  });

  it('on a terminal redraws one line, clears it at the end, and gives the cursor back', () => {
    const text = play(events, true);
    assert.ok(text.includes('2500/2500  train(500)'));
    assert.equal(text.includes('\n'), false);
    assert.ok(text.endsWith('\x1B[?25h') || text.lastIndexOf('\x1B[?25h') > text.lastIndexOf('\x1B[?25l'), 'the cursor comes back');
  });

  it('on a narrow terminal gives up rates and the end of a stage, never the loss or the time left', () => {
    const lastAt = (columns: number): string => {
      const { stream, text } = collect(true, columns);
      const listen = createProgress(stream);
      for (const event of events) listen(event);
      const lines = text()
        .split('\x1B[')
        .map((part) => part.replace(/^[\d;?]*[A-Za-z]/, ''));
      return lines.findLast((line) => line.includes('loss')) ?? '';
    };
    const loss = 'loss 1.0000';
    assert.equal(lastAt(80), `2500/2500  train(500)  level 0  ${loss}  10.0 ktok/s  400 GFLOP/s  0s left`);
    assert.equal(lastAt(76), `2500/2500  train(5…  level 0  ${loss}  10.0 ktok/s  400 GFLOP/s  0s left`);
    assert.equal(lastAt(60), `█████  2500/2500  train(500)  level 0  ${loss}  0s left`);
    assert.equal(lastAt(32), `2500/2500  ${loss}  0s left`);
  });

  it('after the last step names the level that the last transfer leads to, as the table does', () => {
    const transferred = syntheticRun([
      ['train(3)', 'train', 1, 2, 3],
      ['prolongate', 'prolongate', 0, 4, 0],
    ]);
    assert.match(play(transferred, false), /^3\/3 {2}prolongate {2}level 0 /);
  });

  it('writes nothing between two lines, however many steps come', () => {
    const { stream, text } = collect(false);
    const listen = createProgress(stream);
    for (const event of events.slice(0, 3)) listen(event);
    const step = events.find((event) => event.kind === 'step');
    assert.ok(step !== undefined);
    for (let i = 0; i < 1000; i++) listen(step);
    assert.equal(text(), '');
  });
});
