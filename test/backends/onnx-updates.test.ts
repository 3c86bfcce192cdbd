/** Large state on onnx-cpu is updated piece by piece, where it lies if nobody else holds it, and not at all by a step that is not finite. */
import assert from 'node:assert/strict';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { inPieces, regionsInPieces } from '../../backends/onnx/regions-in-pieces.js';
import type { Backend } from '../../src/backend.js';
import { trainingStep } from '../../src/model/training-step.js';
import type { Program } from '../../src/program/program.js';
import { adamw } from '../model/tiny.js';
import { right } from '../runner/harness.js';
import { largeModel, rule, updatesInPlace } from './updates-in-place.js';

const onCpu = async (use: (backend: Backend) => Promise<void>): Promise<void> => {
  const backend = right(await createOnnxCpu({ threads: 2 })());
  await use(backend);
  right(await backend.close()());
};

const inPlaceOf = (program: Program): readonly (string | undefined)[] =>
  regionsInPieces(program).flatMap(({ inPlace }) => inPlace.map(({ output }) => program.outputs[output]?.name));

describe('updates in pieces, on onnx-cpu', () => {
  it('pieces divide a tensor evenly', () => {
    assert.deepEqual(inPieces(50_257 * 256), [58, 221_824]);
    assert.deepEqual(inPieces(2 ** 19), [2, 2 ** 18]);
    assert.deepEqual(inPieces(2 ** 17), [1, 2 ** 17]);
    assert.equal(inPieces(1_000_003), undefined);
  });

  updatesInPlace(onCpu, (program) => regionsInPieces(program).flatMap(({ inPlace }) => inPlace));

  it('what is read for something else that may come later is not overwritten', () => {
    assert.deepEqual(inPlaceOf(rule()), ['p', 'm']);
    assert.deepEqual(inPlaceOf(rule((trace, p) => [trace.exp(p)])), ['m']);
    assert.deepEqual(inPlaceOf(rule((_, p) => [p])), ['m']);
  });

  it('a program that no norm judges has no such updates', () => {
    const evaluated = trainingStep(largeModel, { layers: 2, h: 1 }, 2, adamw);
    const { outputs } = evaluated;
    assert.equal(
      regionsInPieces({ ...evaluated, outputs: outputs.filter(({ role }) => role !== 'gradientNorm' && role !== 'loss') }).length,
      0,
    );
  });
});
