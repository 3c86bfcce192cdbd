/** Rows that are scattered and added to something are added where that lies, on onnx-cpu. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { lower } from '../../backends/onnx/lower.js';
import type { Program } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { countOnnx } from './onnx-shapes.js';

const right = <A>(result: E.Either<{ readonly message: string }, A>): A =>
  E.isRight(result) ? result.right : assert.fail(result.left.message);

/** (x [3, 2], updates [4, 2], indices [4]) → x plus the scattered updates, either way round, or with these alone as well */
const program = (order: 'after' | 'before' | 'read twice'): Program => {
  const trace = new Tracer('scattered');
  const x = trace.input('x', 'batch', { dtype: 'f32', shape: [3, 2] });
  const updates = trace.input('updates', 'batch', { dtype: 'f32', shape: [4, 2] });
  const rows = trace.scatterAdd(updates, trace.input('indices', 'batch', { dtype: 'i32', shape: [4] }), 3);
  const sum = order === 'before' ? trace.add(rows, x) : trace.add(x, rows);
  return trace.finish([{ name: 'sum', tensor: sum }, ...(order === 'read twice' ? [{ name: 'rows', tensor: rows }] : [])]);
};

describe('scattered rows that are added, on onnx-cpu', () => {
  for (const order of ['after', 'before', 'read twice'] as const)
    it(`${order}: every row counts, and ${order === 'read twice' ? 'they are there by themselves' : 'there are no zeros to begin with'}`, async () => {
      const { nodes } = countOnnx(lower(program(order)));
      assert.equal(nodes.get('ConstantOfShape') ?? 0, order === 'read twice' ? 1 : 0);
      assert.equal(nodes.get('Add') ?? 0, order === 'read twice' ? 1 : 0);
      const backend = right(await createOnnxCpu()());
      const executable = right(await backend.compile(program(order))());
      const outputs = right(
        await executable.run([
          { type: { dtype: 'f32', shape: [3, 2] }, data: Float32Array.of(1, 2, 3, 4, 5, 6) },
          { type: { dtype: 'f32', shape: [4, 2] }, data: Float32Array.of(10, 20, 30, 40, 50, 60, 70, 80) },
          { type: { dtype: 'i32', shape: [4] }, data: Int32Array.of(2, 0, 2, 2) },
        ])(),
      );
      const values: (readonly number[])[] = [];
      for (const output of outputs) values.push(Array.from(right(await backend.download(output)()).data));
      assert.deepEqual(values, [[31, 42, 3, 4, 135, 166], ...(order === 'read twice' ? [[30, 40, 0, 0, 130, 160]] : [])]);
      right(await backend.close()());
    });
});
