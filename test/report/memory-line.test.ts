/** The memory of training, in words. */
import assert from 'node:assert/strict';
import { memoryLine, memoryWarning } from '../../src/report/plan/memory-line.js';

const GIB = 2 ** 30;

describe('the memory of a training step', () => {
  it('is a line, which says what to lower where a machine has less', () => {
    const line = 'A training step holds about 12.0 GiB of parameters, moments and activations';
    assert.equal(memoryLine(12 * GIB, undefined), `${line}.`);
    assert.equal(memoryLine(12 * GIB, 12 * GIB), `${line}.`);
    assert.equal(
      memoryLine(12 * GIB, 8 * GIB),
      `${line}, and this machine has 8.00 GiB: lower the batch, the context, the width or the layers.`,
    );
  });

  it('is a warning only where a machine has less', () => {
    assert.equal(memoryWarning(12 * GIB, 12 * GIB), undefined);
    assert.equal(
      memoryWarning(12 * GIB, 8 * GIB),
      'a training step holds about 12.0 GiB of parameters, moments and activations, and this machine has 8.00 GiB, so that the system may end ' +
        'the run without a word; lower the batch, the context, the width or the layers',
    );
  });
});
