/** The null backend: counts like the others, holds like the others, and computes nothing. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createNull } from '../../backends/null/null.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { trainingStep } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import { operationNames } from '../../src/program/operations/index.js';
import { sizeOf } from '../../src/program/program.js';
import { randomState } from '../model/random-state.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { allCases, programOfCase } from '../program/operation-cases.js';

const right = <A>(result: E.Either<BackendError, A>): A => (E.isLeft(result) ? assert.fail(result.left.message) : result.right);

describe('the null backend', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = right(await createNull()());
  });

  it('supports every operation, and counts each as its program says', async () => {
    assert.deepEqual([...backend.capabilities.operations], operationNames);
    for (const given of allCases) {
      const { flops, program } = right(await backend.compile(programOfCase(given))());
      assert.deepEqual(flops, given.flops);
      assert.deepEqual(program, programOfCase(given));
    }
  });

  it('gives tensors of the right types, counts their bytes, and reads as zeros', async () => {
    const program = trainingStep(tinyModel, { layers: 2, h: 2 }, 2, adamw);
    const executable = right(await backend.compile(program)());
    assert.deepEqual(executable.flops, flopsOf(program));
    const { inputs } = randomState(program, tinyModel.vocabulary, 1);
    const given = program.inputs.map(({ value }, index) => ({
      type: program.types[value] ?? assert.fail(),
      data: Float64Array.from(inputs[index] ?? []),
    }));
    const outputs = right(await executable.run(given)());
    assert.deepEqual(
      outputs.map(({ type }) => type),
      program.outputs.map(({ value }) => program.types[value]),
    );
    const bytes = outputs.reduce((sum, { type }) => sum + 4 * sizeOf(type.shape), 0);
    assert.deepEqual(backend.memory(), { held: bytes, pooled: 0 });
    for (const tensor of outputs) {
      const { type, data } = right(await backend.download(tensor)());
      assert.deepEqual(type, tensor.type);
      assert.equal(data.length, sizeOf(type.shape));
      assert.ok(data.every((value) => value === 0));
      backend.release(tensor);
    }
    assert.deepEqual(backend.memory(), { held: 0, pooled: 0 });
  });

  it('ends with nothing held', async () => {
    right(await backend.upload({ type: { dtype: 'i32', shape: [5] }, data: new Int32Array(5) })());
    assert.equal(backend.memory().held, 20);
    right(await backend.close()());
    assert.equal(backend.memory().held, 0);
  });
});
