/** How products of two matrices are given to ONNX Runtime. */
import assert from 'node:assert/strict';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { lower } from '../../backends/onnx/lower.js';
import type { Program } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { countOnnx } from './onnx-shapes.js';
import { right, runOn } from './run-on.js';

/** (x [tokens, inputs], y [tokens, outputs]) → xᵀ·y, and twice that */
const weightGradients = (tokens: number, inputs: number, outputs: number): Program => {
  const trace = new Tracer('weight gradients');
  const x = trace.input('x', 'batch', { dtype: 'f32', shape: [tokens, inputs] });
  const y = trace.input('y', 'batch', { dtype: 'f32', shape: [tokens, outputs] });
  const product = (alpha: number) => trace.matmul(x, y, { transposeA: true, alpha });
  return trace.finish([
    { name: 'once', tensor: product(1) },
    { name: 'twice', tensor: product(2) },
  ]);
};

describe('products of matrices, on onnx-cpu', () => {
  it('a large matrix is transposed once for the products that read it, unless they have fewer columns than rows', () => {
    const transpositions = (...sizes: readonly [number, number, number]): number =>
      countOnnx(lower(weightGradients(...sizes))).nodes.get('Transpose') ?? 0;
    assert.deepEqual([transpositions(512, 128, 128), transpositions(512, 128, 64), transpositions(8, 4, 4)], [1, 0, 0]);
  });

  it('and they are those of the matrix', async () => {
    const [tokens, inputs, outputs] = [512, 128, 130];
    const number = (index: number): number => ((index * 37) % 11) - 5;
    const x = Array.from({ length: tokens * inputs }, (_, index) => number(index));
    const y = Array.from({ length: tokens * outputs }, (_, index) => number(3 * index + 1));
    const backend = right(await createOnnxCpu()());
    const [once = [], twice = []] = await runOn(backend)(weightGradients(tokens, inputs, outputs), [x, y]);
    right(await backend.close()());
    for (const [row, column] of [
      [0, 0],
      [1, 0],
      [5, 129],
      [127, 64],
    ] as const) {
      const terms = Array.from({ length: tokens }, (_, token) => (x[token * inputs + row] ?? 0) * (y[token * outputs + column] ?? 0));
      const sum = terms.reduce((total, term) => total + term);
      assert.deepEqual([once[row * outputs + column], twice[row * outputs + column]], [sum, 2 * sum]);
    }
  });
});
