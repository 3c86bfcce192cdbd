/** What every backend says when it is asked to compile what it cannot do: the operation or the tensor, itself, and the remedy. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { legalFor } from '../../backends/legal.js';
import { nullCapabilities } from '../../backends/null/null.js';
import type { Capabilities } from '../../src/backend.js';
import { trainingStep } from '../../src/model/training-step.js';
import { largestTensor } from '../../src/program/largest-tensor.js';
import { adamw, tinyModel } from '../model/tiny.js';

const program = trainingStep(tinyModel, { layers: 2, h: 2 }, 2, adamw);

const refusalOf = (capabilities: Partial<Capabilities>) => {
  const legal = legalFor('a-backend', { ...nullCapabilities, ...capabilities }, program);
  return E.isLeft(legal) ? legal.left : assert.fail('it was taken');
};

describe('a program that a backend cannot have', () => {
  it('because of an operation, is refused with its name and that of the program', () => {
    const operations = new Set([...nullCapabilities.operations].filter((name) => name !== 'gather'));
    assert.deepEqual(refusalOf({ operations }), {
      kind: 'unsupported',
      backend: 'a-backend',
      message: `a-backend cannot do the operation gather that ${program.name} needs; choose another backend`,
    });
  });

  it('because of a tensor, is refused with its name, its size and what to lower', () => {
    const { bytes = 0 } = largestTensor(program) ?? {};
    const { kind, message } = refusalOf({ largestTensor: bytes - 4, device: 'a card' });
    assert.equal(kind, 'unsupported');
    assert.ok(message.startsWith(`a-backend: ${program.name}: `), message);
    assert.match(
      message,
      /, \[[\d, ]+\], takes \d+ MiB and the device \(a card\) holds at most \d+ MiB in one tensor; lower the batch, the context or the width$/,
    );
    assert.ok(E.isRight(legalFor('a-backend', { ...nullCapabilities, largestTensor: bytes }, program)));
  });
});
