/** The memory of training, in words. */
import assert from 'node:assert/strict';
import { leftOut, memoryLine, memoryWarning } from '../../src/report/plan/memory-line.js';

const GIB = 2 ** 30;
const step = { stepBytes: 12 * GIB };
const measured = { ...step, processBytes: 14 * GIB };

describe('the memory of a training step', () => {
  it('is a line, which says what to lower where a machine has less', () => {
    const line = 'A training step holds about 12.0 GiB of parameters, moments and activations';
    assert.equal(memoryLine(step, undefined), `${line}.`);
    assert.equal(memoryLine(step, 12 * GIB), `${line}.`);
    assert.equal(
      memoryLine(step, 8 * GIB),
      `${line}, and this machine has 8.00 GiB: lower the batch, the context, the width or the layers, or let a plan name the settings that fit.`,
    );
  });

  it('is compared with what the process takes, where that was measured', () => {
    const line = 'A training step holds about 12.0 GiB of parameters, moments and activations, for which the process takes about 14.0 GiB';
    assert.equal(memoryLine(measured, 14 * GIB), `${line}.`);
    assert.match(memoryLine(measured, 13 * GIB), /takes about 14\.0 GiB, and this machine has 13\.0 GiB: lower /);
    assert.equal(memoryWarning(measured, 14 * GIB), undefined);
    assert.match(memoryWarning(measured, 13 * GIB) ?? '', /this machine has 13\.0 GiB/);
  });

  it('says how much of it waits', () => {
    assert.equal(
      memoryLine({ ...measured, waitingBytes: 3 * GIB }, undefined),
      'A training step holds about 12.0 GiB of parameters, moments and activations, 3.00 GiB of it in levels, arms or replicas that wait, for ' +
        'which the process takes about 14.0 GiB.',
    );
  });

  it('leaves out, on a backend whose process was not measured, what is said in a sentence', () => {
    const on = { backend: 'torch-cuda', device: 'NVIDIA H200', in: 'the device' } as const;
    assert.equal(leftOut(measured, on), undefined);
    assert.equal(
      leftOut(step, on),
      'On torch-cuda this is what the values of a step take of the memory of NVIDIA H200; what its runtime and its allocator take besides was not ' +
        'measured there: leave room for them.',
    );
    assert.match(
      leftOut(step, { ...on, backend: 'tfjs-node', in: 'this machine' }) ?? '',
      /^On tfjs-node .* take of the memory of the process; /,
    );
    assert.match(
      leftOut(step, { ...on, backend: 'null', in: 'nothing' }) ?? '',
      /^null computes nothing: .* on any backend, without its runtime\.$/,
    );
  });

  it('is a warning only where a machine has less', () => {
    assert.equal(memoryWarning(step, 12 * GIB), undefined);
    assert.equal(
      memoryWarning(step, 8 * GIB),
      'a training step holds about 12.0 GiB of parameters, moments and activations, and this machine has 8.00 GiB, so that the system may end ' +
        'the run without a word; lower the batch, the context, the width or the layers, or let a plan name the settings that fit',
    );
  });
});
