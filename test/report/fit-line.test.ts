/** Words on a line that may be too narrow for them. */
import assert from 'node:assert/strict';
import { fitLine, type Word } from '../../src/report/table/fit-line.js';

const words: readonly Word[] = [
  { text: '1234/2125', yields: 5 },
  { text: 'train(1750)', yields: 4, cuts: true },
  { text: 'level 0', yields: 3 },
  { text: 'loss 2.6390' },
  { text: '6.96 ktok/s', yields: 2 },
  { text: '1.28 GFLOP/s', yields: 1 },
  { text: '1m 03s left' },
];

describe('words on a line', () => {
  it('are all there where there is room', () => {
    assert.equal(fitLine(words, 84), '1234/2125  train(1750)  level 0  loss 2.6390  6.96 ktok/s  1.28 GFLOP/s  1m 03s left');
  });

  it('are cut first, and then left out, what matters least first', () => {
    assert.equal(fitLine(words, 80), '1234/2125  train(…  level 0  loss 2.6390  6.96 ktok/s  1.28 GFLOP/s  1m 03s left');
    assert.equal(fitLine(words, 70), '1234/2125  train(1750)  level 0  loss 2.6390  6.96 ktok/s  1m 03s left');
    assert.equal(fitLine(words, 60), '1234/2125  train(1750)  level 0  loss 2.6390  1m 03s left');
    assert.equal(fitLine(words, 30), 'loss 2.6390  1m 03s left');
  });

  it('that never yield stay whatever the line', () => {
    assert.equal(fitLine(words, 10), 'loss 2.6390  1m 03s left');
  });

  it('leave no gap where a word is empty', () => {
    assert.equal(fitLine([{ text: 'runs: 1 of 3 jobs' }, { text: '' }, { text: '2s left' }], 80), 'runs: 1 of 3 jobs  2s left');
  });
});
