/**
 * PyTorch in a worker's process, where `vcycle setup torch` was run (or VCYCLE_PYTHON names a Python): the common suite in f32 and in bf16, and compiled
 * steps. A printed skip where it was not, where the processor has no bf16, and where there is no compiler.
 */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createTorchCpu } from '../../backends/torch/cpu.js';
import { createTorchCuda } from '../../backends/torch/cuda.js';
import type { Backend, BackendError, DeviceTensor, HostTensor } from '../../src/backend.js';
import { trainingStep, updateProgram } from '../../src/model/training-step.js';
import { outputOf } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import type { Tensor } from '../../src/program/types/trace.js';
import { randomState } from '../model/random-state.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { assertClose } from '../program/on-reference.js';
import { conformance } from './conformance.js';
import { downloadAll, hostTensor, right, runOn, typeOf } from './run-on.js';
import { tolerances } from './tolerances.js';

conformance('torch-cpu', createTorchCpu, { whenUnavailable: 'skip' });
conformance('torch-cpu', () => createTorchCpu({ precision: 'bf16' }), { whenUnavailable: 'skip', how: 'bf16' });
conformance('torch-cuda', createTorchCuda, { whenUnavailable: 'skip' });

/** A step of four layers, ten times on its own results: the losses, and the bits of the parameters in the end. */
const tenSteps = async (backend: Backend): Promise<{ readonly losses: readonly number[]; readonly last: readonly ArrayLike<number>[] }> => {
  const program = trainingStep(tinyModel, { layers: 4, h: 1 }, 2, adamw, { rewrites: backend.capabilities.rewrites });
  const executable = right(await backend.compile(program)());
  const { inputs } = randomState(program, tinyModel.vocabulary, 21);
  let given: readonly (DeviceTensor | HostTensor)[] = inputs.map((values, index) =>
    hostTensor(typeOf(program, program.inputs[index]?.value ?? -1), values),
  );
  const losses: number[] = [];
  const made: DeviceTensor[] = [];
  for (let step = 0; step < 10; step++) {
    const outputs = right(await executable.run(given)());
    made.push(...outputs);
    losses.push(right(await backend.download(outputOf(program, outputs, 'loss'))()).data[0] ?? Number.NaN);
    const next = new Map(program.outputs.map(({ name }, index) => [name, outputs[index]]));
    given = program.inputs.map(
      ({ name, role }, index) => (role === 'parameter' || role === 'moment' ? next.get(name) : undefined) ?? given[index] ?? assert.fail(),
    );
  }
  const last = await downloadAll(
    backend,
    given.filter((tensor): tensor is DeviceTensor => 'backend' in tensor),
  );
  for (const tensor of made) backend.release(tensor);
  executable.dispose();
  return { losses, last };
};

const skipUnless = <A>(context: Mocha.Context, made: E.Either<BackendError, A>): A => {
  if (E.isRight(made)) return made.right;
  if (made.left.kind !== 'unavailable') assert.fail(made.left.message);
  console.log(`      skipped: ${made.left.message}`);
  return context.skip();
};

describe('torch-cpu, compiled', () => {
  it('gives the losses of the same steps as they are, within the precision, in parts that repeat, and the same bits again', async function () {
    const told: string[] = [];
    const compiled = skipUnless(this, await createTorchCpu({ compile: true, told: (line) => told.push(line) })());
    assert.equal(compiled.capabilities.compiled, true);
    assert.match(compiled.capabilities.device, /, compiled$/);
    const eager = right(await createTorchCpu()());
    const [one, again, plain] = [await tenSteps(compiled), await tenSteps(compiled), await tenSteps(eager)];
    const update = updateProgram(tinyModel, { layers: 4, h: 1 }, adamw);
    const { inputs } = randomState(update, tinyModel.vocabulary, 22);
    const [updated, asItIs] = [await runOn(compiled)(update, inputs), await runOn(eager)(update, inputs)];
    for (const backend of [compiled, eager]) right(await backend.close()());
    assert.match(told.at(-1) ?? '', /^torch-cpu compiled update\[layers 4, h 1\] in /, 'after microbatches, too');
    for (const [index, values] of updated.entries())
      assertClose(values, asItIs[index] ?? [], tolerances.f32.trajectory, update.outputs[index]?.name ?? '');
    assert.deepEqual(again.losses, one.losses);
    assert.deepEqual(again.last, one.last);
    assertClose(one.losses, plain.losses, tolerances.f32.trajectory, 'losses');
    assert.notDeepEqual(one.last, plain.last, 'what is compiled adds up in another order');
    const [, parts = '', unlike = ''] =
      /^torch-cpu compiled training-step\[.*\] in \d+\.\d s: (\d+) parts, of which (\d+) differ; kept in .+$/.exec(told[0] ?? '') ?? [];
    assert.ok(Number(parts) - Number(unlike) >= 9, `each of layers' passes and updates is compiled once: ${told}`);
  }).timeout(600_000);
});

describe('torch-cpu in bf16', () => {
  it('multiplies operands of eight bits, those of attention too, and nothing else', async function () {
    const backend = skipUnless(this, await createTorchCpu({ precision: 'bf16' })());
    assert.equal(backend.capabilities.precision, 'bf16');
    assert.match(backend.capabilities.device, /, products in bf16$/);
    const trace = new Tracer('product and sum');
    const [x, y] = ['x', 'y'].map((name) => trace.input(name, 'batch', { dtype: 'f32', shape: [1, 1] })) as [Tensor, Tensor];
    const attended = trace.flashAttention(y, y, x, { batch: 1, heads: 1, scale: 1 });
    const program = trace.finish([trace.matmul(x, y), trace.mul(x, y), attended].map((tensor, index) => ({ name: `${index}`, tensor })));
    // Nine bits after the point: the ninth is beyond bf16, and of two such numbers that are as near, the even one is taken.
    const [product, factor, only] = await runOn(backend)(program, [[1 + 2 ** -9], [1]]);
    assert.deepEqual([product?.[0], factor?.[0], only?.[0]], [1, 1 + 2 ** -9, 1]);
    right(await backend.close()());
  });
});
