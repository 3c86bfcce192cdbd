/** Vectors go to a session of onnx-cpu as one tensor and come back as one; nobody outside sees it. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import protobuf from 'onnx-proto';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { joinedVectors } from '../../backends/onnx/joined-vectors.js';
import { lower } from '../../backends/onnx/lower.js';
import { lowerings } from '../../backends/onnx/lowering.js';
import { signatureOf } from '../../backends/onnx/signature.js';
import type { Backend, HostTensor } from '../../src/backend.js';
import type { Shape, TensorType } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });

const tensor = (shape: Shape, ...data: number[]): HostTensor => ({ type: { dtype: 'f32', shape }, data: Float32Array.from(data) });

/** (x [2, 3], b [3], c [2], s []) → x + b, b as it is, s·c, s·c once more */
const program = () => {
  const trace = new Tracer('vectors');
  const x = trace.input('x', 'batch', f32(2, 3));
  const b = trace.input('b', 'parameter', f32(3));
  const c = trace.input('c', 'parameter', f32(2));
  const scaled = trace.mul(c, trace.input('s', 'scalar', f32()));
  return trace.finish([
    { name: 'sum', tensor: trace.add(x, b) },
    { name: 'b', tensor: b },
    { name: 'scaled', tensor: scaled },
    { name: 'again', tensor: scaled },
  ]);
};

const right = <A>(result: E.Either<{ readonly message: string }, A>): A =>
  E.isRight(result) ? result.right : assert.fail(result.left.message);

const read = async (backend: Backend, tensors: Parameters<Backend['download']>[0][]): Promise<readonly (readonly number[])[]> => {
  const values: (readonly number[])[] = [];
  for (const given of tensors) values.push(Array.from(right(await backend.download(given)()).data));
  return values;
};

describe('vectors on their way into a session', () => {
  it('are laid one after the other; what is no vector of f32, or is alone, stays as it is', () => {
    const { parts, whole, holds } = joinedVectors([f32(3), { dtype: 'i32', shape: [2] }, f32(2, 2), f32(4), f32()]);
    assert.deepEqual(parts, [
      { index: 0, at: 0, size: 3 },
      { index: 3, at: 3, size: 4 },
    ]);
    assert.deepEqual(whole, f32(7));
    assert.deepEqual([0, 1, 2, 3, 4].filter(holds), [0, 3]);
    assert.deepEqual(joinedVectors([f32(3), f32(2, 2)]).parts, []);
  });

  it('are one input and one output of the model, where that is asked for', () => {
    const names = (joinsVectors: boolean): readonly (readonly (string | null | undefined)[])[] => {
      const { graph } = protobuf.onnx.ModelProto.decode(lower(program(), lowerings, signatureOf(program(), { joinsVectors })));
      return [graph?.input ?? [], graph?.output ?? []].map((values) => values.map(({ name }) => name));
    };
    assert.deepEqual(names(true), [
      ['i0', 'i3', 'vectors'],
      ['o0', 'next-vectors'],
    ]);
    assert.deepEqual(names(false), [
      ['i0', 'i1', 'i2', 'i3'],
      ['o0', 'o1', 'o2', 'o3'],
    ]);
  });

  it('come back as they would alone, also from runs that overlap, and are given back whole', async () => {
    const backend = right(await createOnnxCpu()());
    const executable = right(await backend.compile(program())());
    const run = (by: number) =>
      executable.run([tensor([2, 3], 1, 2, 3, 4, 5, 6), tensor([3], by, 0, -by), tensor([2], 7, 8), tensor([], by)])();
    const both = await Promise.all([run(10), run(2)]);
    const expected = (by: number) => [
      [1 + by, 2, 3 - by, 4 + by, 5, 6 - by],
      [by, 0, -by],
      [7 * by, 8 * by],
      [7 * by, 8 * by],
    ];
    for (const [index, by] of [10, 2].entries()) {
      const outputs = right(both[index] ?? assert.fail());
      assert.deepEqual(await read(backend, [...outputs]), expected(by));
      for (const output of outputs) backend.release(output);
    }
    assert.equal(backend.memory().held, 0);
    const { pooled } = backend.memory();
    for (const output of right(await run(3))) backend.release(output);
    assert.equal(backend.memory().pooled, pooled);
    right(await backend.close()());
    assert.deepEqual(backend.memory(), { held: 0, pooled: 0 });
  });
});
