/**
 * State on torch-cpu is updated in the memory of its previous values if nobody else holds it, and not at all by a step that is not finite. A printed
 * skip where PyTorch is not set up.
 */

import assert from 'node:assert/strict';
import { updatesOf } from '../../backends/torch/backend.js';
import { createTorchCpu } from '../../backends/torch/cpu.js';
import type { Backend, DeviceTensor } from '../../src/backend.js';
import { Tracer } from '../../src/program/tracer.js';
import { right } from '../runner/harness.js';
import { updatesInPlace } from './updates-in-place.js';
import { torchPython } from './with-torch.js';

const onTorch = async (test: (backend: Backend) => Promise<void>): Promise<void> => {
  const backend = right(await createTorchCpu({ threads: 2 })());
  await test(backend);
  right(await backend.close()());
};

describe('updates in place, on torch-cpu', () => {
  before(function () {
    torchPython(this);
  });

  updatesInPlace(onTorch, (program) => updatesOf(program).flatMap(({ successions }) => successions));

  const matrix = { dtype: 'f32', shape: [3, 4] } as const;
  const numbers = Float32Array.from({ length: 12 }, (_, index) => index - 5);

  it('what a program returns of an input is a tensor of its own, which no later update reaches', async () =>
    await onTorch(async (backend) => {
      const [same, update] = [new Tracer('a view'), new Tracer('an update')];
      const x = same.input('x', 'tensor', matrix);
      const viewed = same.finish([{ name: 'view', tensor: same.reshape(x, [4, 3]) }]);
      const [p, g] = [update.input('p', 'parameter', matrix), update.input('g', 'gradient', matrix)];
      const changed = update.finish([
        { name: 'gradientNorm', role: 'gradientNorm', tensor: update.sqrt(update.sumOfSquares(g)) },
        { name: 'p', role: 'parameter', tensor: update.sub(p, g) },
      ]);
      const tensor = right(await backend.upload({ type: matrix, data: numbers })());
      const [view = assert.fail()] = right(await right(await backend.compile(viewed)()).run([tensor])());
      const step = right(await backend.compile(changed)());
      const [, next = assert.fail()] = right(await step.run([tensor, { type: matrix, data: numbers }], { inPlace: new Set([0]) })());
      assert.equal(next, tensor);
      assert.ok(right(await backend.download(tensor)()).data.every((value) => value === 0));
      assert.deepEqual(right(await backend.download(view)()).data, numbers);
    }));

  it('state that is passed on stays the tensor that it is where nobody else holds it, and is copied where somebody does', async () =>
    await onTorch(async (backend) => {
      const trace = new Tracer('nothing');
      const [p, q] = [trace.input('p', 'parameter', matrix), trace.input('q', 'parameter', matrix)];
      const program = trace.finish([
        { name: 'p', role: 'parameter', tensor: p },
        { name: 'q', role: 'parameter', tensor: q },
        { name: 'besides', tensor: p },
      ]);
      const nothing = right(await backend.compile(program)());
      const [update, changed] = [new Tracer('an update'), { name: 'p', role: 'parameter' } as const];
      const given = update.input('p', 'parameter', matrix);
      const norm = update.sqrt(update.sumOfSquares(update.input('g', 'gradient', matrix)));
      const doubled = [
        { name: 'gradientNorm', role: 'gradientNorm', tensor: norm } as const,
        { ...changed, tensor: update.add(given, given) },
      ];
      const doubling = right(await backend.compile(update.finish(doubled))());
      const read = async (tensor: DeviceTensor) => right(await backend.download(tensor)()).data;
      const double = async (tensor: DeviceTensor) =>
        right(await doubling.run([tensor, { type: matrix, data: numbers }], { inPlace: new Set([0]) })());
      const [one, other] = [
        right(await backend.upload({ type: matrix, data: numbers })()),
        right(await backend.upload({ type: matrix, data: numbers })()),
      ];
      const before = backend.memory().held;
      const [kept, copied = assert.fail(), besides = assert.fail()] = right(await nothing.run([one, other], { inPlace: new Set([0]) })());
      assert.equal(kept, one);
      assert.notEqual(copied, other);
      assert.equal(backend.memory().held, before + 2 * 4 * 12);
      // What is changed where it lies is nobody else's.
      await double(one);
      await double(other);
      const twice = numbers.map((value) => 2 * value);
      for (const tensor of [one, other]) assert.deepEqual(await read(tensor), twice);
      for (const tensor of [copied, besides]) assert.deepEqual(await read(tensor), numbers);
      // Nor is one of two that were given as the same tensor.
      const [first, second = assert.fail()] = right(await nothing.run([one, one], { inPlace: new Set([0]) })());
      assert.equal(first, one);
      await double(one);
      assert.deepEqual(await read(second), twice);
    }));

  it('a gradient that is a view of the state is read as it was', async () =>
    await onTorch(async (backend) => {
      const trace = new Tracer('decay');
      const vector = { dtype: 'f32', shape: [4] } as const;
      const [p, m] = [trace.input('p', 'parameter', vector), trace.input('m', 'moment', vector)];
      const viewed = trace.reshape(trace.reshape(p, [2, 2]), [4]);
      const decayed = trace.mul(p, trace.scalar(0.5));
      const next = trace.add(m, viewed);
      const program = trace.finish([
        { name: 'gradientNorm', role: 'gradientNorm', tensor: trace.sqrt(trace.sumOfSquares(viewed)) },
        { name: 'p', role: 'parameter', tensor: trace.sub(decayed, next) },
        { name: 'm', role: 'moment', tensor: next },
      ]);
      assert.equal(updatesOf(program).length, 1);
      const state: DeviceTensor[] = [];
      for (const data of [Float32Array.of(2, 4, 6, 8), Float32Array.of(1, 1, 1, 1)])
        state.push(right(await backend.upload({ type: vector, data })()));
      right(await right(await backend.compile(program)()).run(state, { inPlace: new Set([0, 1]) })());
      const [parameter, moment] = state.map(async (tensor) => right(await backend.download(tensor)()).data);
      assert.deepEqual(await parameter, Float32Array.of(-2, -3, -4, -5));
      assert.deepEqual(await moment, Float32Array.of(3, 5, 7, 9));
    }));
});
