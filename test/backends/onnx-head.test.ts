/** The head and its loss on onnx-cpu, where probabilities are too small for a float, and where there are none. */
import assert from 'node:assert/strict';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { lower } from '../../backends/onnx/lower.js';
import type { Program } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { countOnnx } from './onnx-shapes.js';
import { right, runOn } from './run-on.js';

/** (hidden [4, width], head [vocabulary, width], targets [4]) → loss and its gradients, two tokens at a time */
const program = (vocabulary: number, width = 2): Program => {
  const trace = new Tracer('head');
  const hidden = trace.input('hidden', 'batch', { dtype: 'f32', shape: [4, width] });
  const head = trace.input('head', 'batch', { dtype: 'f32', shape: [vocabulary, width] });
  const targets = trace.input('targets', 'batch', { dtype: 'i32', shape: [4] });
  const results = trace.linearCrossEntropy(hidden, head, targets, { rows: 2, gradients: true });
  return trace.finish(results.map((tensor, index) => ({ name: `${index}`, tensor })));
};

const lossOf = async (hidden: readonly number[], head: readonly number[], targets: readonly number[]): Promise<number> => {
  const backend = right(await createOnnxCpu()());
  const [loss = []] = await runOn(backend)(program(head.length / 2), [hidden, head, targets]);
  right(await backend.close()());
  return loss[0] ?? assert.fail('no loss');
};

// The logits of (a, b) are a, b and −a.
const HEAD = [1, 0, 0, 1, -1, 0];

describe('the head on onnx-cpu', () => {
  it('a target whose probability is no float has its loss all the same', async () => {
    // Logits 150, 0, −150 and target 2: 300; 0, 1, 0 and target 1: log(2 + e) − 1; the others alike.
    const usual = Math.log(2 + Math.E) - 1;
    const loss = await lossOf([150, 0, 0, 1, 0, 1, 0, 1], HEAD, [2, 1, 1, 1]);
    assert.ok(Math.abs(loss - (300 + 3 * usual) / 4) < 1e-4, `${loss}`);
  });

  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
    for (const targets of [
      [0, 1, 1, 1],
      [1, 2, 1, 0],
    ])
      it(`${bad} in a hidden state is a loss that is not finite, for targets ${targets}`, async () => {
        assert.ok(!Number.isFinite(await lossOf([bad, 0, 0, 1, 0, 1, 150, 1], HEAD, targets)));
      });

  it('a narrow head is read as two of half the width, one of more columns than a chunk has rows as a whole', () => {
    const batches = (width: number) => countOnnx(lower(program(5, width))).nodes.get('FusedMatMul') ?? 0;
    assert.deepEqual([1, 2, 3, 4].map(batches), [0, 2, 0, 0]);
  });
});
