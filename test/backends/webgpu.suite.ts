/** The WebGPU backends in a process that sees a device: run by `webgpu.test.ts`. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as webgpu from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { create as createDawn, globals } from 'webgpu';
import { noGpu } from '../../backends/no-gpu.js';
import { createOnnxWebgpu } from '../../backends/onnx/webgpu-node.js';
import { type GpuDevice, openGpuDevice } from '../../backends/tfjs/gpu-device.js';
import { createOnGpu } from '../../backends/tfjs/webgpu.js';
import { createTfjsWebgpu } from '../../backends/tfjs/webgpu-node.js';
import type { Backend, BackendError, DeviceTensor } from '../../src/backend.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { type Program, sizeOf } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import { itHasItsTrajectory } from '../golden/golden-trajectory.js';
import { inTemporaryFolder, onnxBackend, runWithEvents } from '../runner/harness.js';
import { conformance } from './conformance.js';
import { tolerances } from './tolerances.js';
import { datasetOf, trajectoryOn, twoLevels } from './two-levels.js';

conformance('tfjs-webgpu', createTfjsWebgpu, { whenUnavailable: 'skip' });
conformance('onnx-webgpu', createOnnxWebgpu, { whenUnavailable: 'skip' });

// The others have many layers and widths, whose shaders take a minute to compile.
itHasItsTrajectory('tfjs-webgpu', createTfjsWebgpu, { schedules: 2 });
itHasItsTrajectory('onnx-webgpu', createOnnxWebgpu, { schedules: 2 });

const right = <A>(result: E.Either<{ readonly message: string }, A>): A =>
  E.isLeft(result) ? assert.fail(result.left.message) : result.right;

/** Both backends take what `create` gives, or the test is a skip with its reason. */
const orSkip = async <A>(context: Mocha.Context, created: Promise<E.Either<BackendError, A>>): Promise<A> => {
  const result = await created;
  if (E.isLeft(result) && result.left.kind === 'unavailable') {
    console.log(`      skipped: ${result.left.message}`);
    context.skip();
  }
  return right(result);
};

const product = (rows: number, inner: number, columns: number): Program => {
  const trace = new Tracer(`product ${rows}, ${inner}, ${columns}`);
  const a = trace.input('a', 'parameter', { dtype: 'f32', shape: [inner, rows] });
  const b = trace.input('b', 'parameter', { dtype: 'f32', shape: [inner, columns] });
  return trace.finish([{ name: 'a', role: 'parameter', tensor: trace.matmul(a, b, { transposeA: true }) }]);
};

const waves = (shape: readonly number[]): Float32Array => Float32Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(1 + index));

const run = async (backend: Backend, program: Program): Promise<Float32Array> => {
  const executable = right(await backend.compile(program)());
  const inputs: DeviceTensor[] = [];
  for (const { value } of program.inputs) {
    const type = program.types[value] ?? assert.fail();
    inputs.push(right(await backend.upload({ type, data: waves(type.shape) })()));
  }
  const outputs = right(await executable.run(inputs)());
  const values = right(await backend.download(outputs[0] ?? assert.fail())()).data as Float32Array;
  for (const tensor of [...inputs, ...outputs]) backend.release(tensor);
  executable.dispose();
  return values;
};

/** The entry in float64. */
const expectedAt = (rows: number, inner: number, columns: number, row: number, column: number): number => {
  const [a, b] = [waves([inner, rows]), waves([inner, columns])];
  return Array.from({ length: inner }, (_, k) => (a[k * rows + row] ?? 0) * (b[k * columns + column] ?? 0)).reduce((sum, x) => sum + x, 0);
};

describe('products on WebGPU, whatever shader their sizes ask for', () => {
  const sizes = [
    [3, 5, 4],
    [3, 300, 4],
    [40, 2100, 33],
    [8, 2500, 32],
    [130, 70, 129],
  ] as const;
  for (const [name, create] of Object.entries({ 'tfjs-webgpu': createTfjsWebgpu, 'onnx-webgpu': createOnnxWebgpu }))
    it(`${name}: are right, and the same bits again`, async function () {
      const backend: Backend = await orSkip(this, create()());
      for (const [rows, inner, columns] of sizes) {
        const first = await run(backend, product(rows, inner, columns));
        assert.equal(first.length, rows * columns);
        for (const [row, column] of [
          [0, 0],
          [rows - 1, columns - 1],
        ] as const) {
          const [found = Number.NaN, expected] = [first[row * columns + column], expectedAt(rows, inner, columns, row, column)];
          assert.ok(Math.abs(found - expected) <= 1e-6 * inner, `${rows}, ${inner}, ${columns}: ${found} for ${expected}`);
        }
        assert.deepEqual(await run(backend, product(rows, inner, columns)), first);
      }
      assert.equal(backend.memory().held, 0);
      right(await backend.close()());
    });
});

describe('GPU memory of tfjs-webgpu', () => {
  it('that one program needed is given back when others run on: sizes take turns, and do not add up', async function () {
    const backend: Backend = await orSkip(this, createTfjsWebgpu()());
    const [large, small] = [product(64, 96, 128), product(3, 5, 4)];
    const most = 4 * (64 * 96 + 96 * 128 + 64 * 128);
    await run(backend, large);
    assert.ok(backend.memory().pooled > most / 2, 'buffers are kept for the next run');
    for (let again = 0; again < 40; again++) await run(backend, small);
    const settled = backend.memory().pooled;
    assert.ok(settled < most / 10, `${settled} bytes are kept that nobody asks for`);
    for (let again = 0; again < 40; again++) await run(backend, small);
    assert.equal(backend.memory().pooled, settled);
    right(await backend.close()());
    assert.deepEqual(backend.memory(), { held: 0, pooled: 0 });
  });
});

describe('WebGPU backends in one process', () => {
  it('do not step on each other', async function () {
    const program = product(6, 7, 8);
    const open: Backend[] = [];
    for (const create of [createTfjsWebgpu, createOnnxWebgpu, createTfjsWebgpu, createOnnxWebgpu])
      open.push(await orSkip<Backend>(this, create()()));
    const all: Float32Array[] = [];
    for (const backend of [...open, ...open]) all.push(await run(backend, program));
    for (const [index, values] of all.entries()) assert.deepEqual(values, all[index % 2]);
    right(await (open[0] ?? assert.fail()).close()());
    right(await (open[1] ?? assert.fail()).close()());
    assert.deepEqual(await run(open[2] ?? assert.fail(), program), all[0], 'after the other one was closed');
    assert.deepEqual(await run(open[3] ?? assert.fail(), program), all[1], 'after the other one was closed');
    for (const backend of open.slice(2)) right(await backend.close()());
  });
});

describe('tfjs-webgpu on a device', () => {
  /** As a browser has it: globals and `navigator.gpu` are there. */
  const onDevice = async (context: Mocha.Context): Promise<{ readonly backend: Backend; readonly gpu: GpuDevice }> => {
    Object.assign(globalThis, globals);
    const entry = createDawn([]);
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: entry }, configurable: true });
    const gpu = await orSkip(
      context,
      pipe(
        openGpuDevice(entry),
        TE.mapLeft((said) => noGpu('tfjs-webgpu', { missing: said })),
      )(),
    );
    return { gpu, backend: createOnGpu(tf, webgpu, gpu, {}) };
  };

  it('has the limits of the adapter, not the default ones', async function () {
    const { backend, gpu } = await onDevice(this);
    assert.ok(gpu.device.limits.maxStorageBufferBindingSize > 128 * 2 ** 20, String(gpu.device.limits.maxStorageBufferBindingSize));
    right(await backend.close()());
  });

  it('refuses a program whose largest tensor it cannot bind: which, how much, what to lower', async function () {
    const { backend, gpu } = await onDevice(this);
    const side = Math.ceil(Math.sqrt(Math.min(gpu.device.limits.maxStorageBufferBindingSize, gpu.device.limits.maxBufferSize) / 4)) + 1;
    const refused = await backend.compile(product(side, 1, side))();
    assert.ok(E.isLeft(refused));
    assert.equal(refused.left.kind, 'unsupported');
    assert.match(
      refused.left.message,
      /^tfjs-webgpu: product .*: the result of matmul, \[\d+, \d+\], takes \d+ MiB and the device \(.+\) holds at most \d+ MiB in one tensor; lower the batch, the context or the width$/,
    );
    right(await backend.close()());
    // ONNX Runtime, on the same adapter, says so before it computes, too.
    const onnx = await orSkip<Backend>(this, createOnnxWebgpu()());
    const also = await onnx.compile(product(side, 1, side))();
    assert.ok(E.isLeft(also));
    assert.equal(
      also.left.message,
      refused.left.message.replaceAll('tfjs-webgpu', 'onnx-webgpu').replace(/\(.+\)/, `(${onnx.capabilities.device})`),
    );
    right(await onnx.close()());
  });

  it('that is lost in mid-run fails, and says so, at every call', async function () {
    const { backend, gpu } = await onDevice(this);
    const program = product(3, 4, 5);
    await run(backend, program);
    const executable = right(await backend.compile(program)());
    const type = program.types[0] ?? assert.fail();
    const held = right(await backend.upload({ type, data: waves(type.shape) })());
    gpu.device.destroy();
    await gpu.device.lost;
    for (const result of [
      await executable.run([held, held])(),
      await backend.download(held)(),
      await backend.upload({ type, data: waves(type.shape) })(),
    ]) {
      assert.ok(E.isLeft(result));
      assert.equal(result.left.kind, 'failed');
      assert.match(result.left.message, /the device was lost \(destroyed/);
    }
    right(await backend.close()());
  });

  it('that is lost in mid-run ends the run: failed, with the reason, and with the last checkpoint whole', async function () {
    const { backend, gpu } = await onDevice(this);
    await inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'run');
      const lose = (event: RunEvent): void => {
        if (event.kind === 'step' && event.step === 8) gpu.device.destroy();
      };
      const { result } = await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf(), listener: lose });
      const { outcome } = E.isLeft(result) ? assert.fail(result.left.message) : result.right;
      assert.equal(outcome.kind, 'failed');
      assert.match(outcome.kind === 'failed' ? outcome.message : '', /tfjs-webgpu: .*the device was lost \(destroyed/);
      const newest = readdirSync(join(folder, 'checkpoints')).sort().at(-1) ?? assert.fail('there is no checkpoint');
      const { tensors } = right(decodeSafetensors(readFileSync(join(folder, 'checkpoints', newest))));
      assert.ok(tensors.size > 0);
      for (const { data } of tensors.values()) assert.ok(data.every(Number.isFinite));
    });
    right(await backend.close()());
  });

  it('that is lost in mid-run costs the steps since the last checkpoint: the run continues from there on another backend', async function () {
    const { backend, gpu } = await onDevice(this);
    const other = await onnxBackend();
    await inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'run');
      const lose = (event: RunEvent): void => {
        if (event.kind === 'step' && event.step === 8) gpu.device.destroy();
      };
      await runWithEvents(twoLevels, { backend, folder, dataset: datasetOf(), listener: lose });
      const events: RunEvent[] = [];
      const listeners = [(event: RunEvent) => events.push(event)];
      const { outcome } = right(await resume(datasetOf(), { backend: other, folder: onDisk(folder), listeners })());
      assert.deepEqual(outcome, { kind: 'finished' });
      const resumed = events.find((event) => event.kind === 'run-resumed') ?? assert.fail('the run was not resumed');
      assert.equal(resumed.backend, 'onnx-cpu');
      const unbroken = (await trajectoryOn(other)).losses;
      const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
      assert.ok(losses.length >= unbroken.length - 8 && losses.length < unbroken.length, `${losses.length} steps were taken again`);
      const { absolute, relative } = tolerances.f32.trajectory;
      for (const [index, loss] of losses.entries()) {
        const expected = unbroken[unbroken.length - losses.length + index] ?? Number.NaN;
        assert.ok(Math.abs(loss - expected) <= absolute + relative * Math.abs(expected), `${loss} is not ${expected}`);
      }
    });
    right(await backend.close()());
    right(await other.close()());
  });

  it('that reports an error fails the next call', async function () {
    const { backend, gpu } = await onDevice(this);
    gpu.device.createBuffer({ size: 16, usage: 0x7fff });
    await gpu.device.queue.onSubmittedWorkDone();
    const result = await backend.upload({ type: { dtype: 'f32', shape: [1] }, data: Float32Array.of(1) })();
    assert.ok(E.isLeft(result));
    assert.match(result.left.message, /^tfjs-webgpu: an upload failed: the device reported /);
    right(await backend.close()());
  });
});
