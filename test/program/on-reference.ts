/** Runs a program in float64, and says what it gives. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import type { Executable } from '../../src/backend.js';
import { type Program, typeIn } from '../../src/program/program.js';

const reference = createReference();

export type Evaluate = (inputs: readonly ArrayLike<number>[]) => Promise<readonly Float64Array[]>;

export const compileOnReference = async (program: Program): Promise<Executable> => {
  const compiled = await reference.compile(program)();
  if (E.isLeft(compiled)) assert.fail(compiled.left.message);
  return compiled.right;
};

/** The program as a function of its inputs' values, in the order of its inputs. */
export const onReference = async (program: Program): Promise<Evaluate> => {
  const executable = await compileOnReference(program);
  return async (inputs) => {
    assert.equal(inputs.length, program.inputs.length);
    const run = await executable.run(
      program.inputs.map(({ value }, index) => ({
        type: typeIn(program, value),
        data: Float64Array.from(inputs[index] as ArrayLike<number>),
      })),
    )();
    if (E.isLeft(run)) assert.fail(run.left.message);
    const outputs: Float64Array[] = [];
    for (const tensor of run.right) {
      const read = await reference.download(tensor)();
      reference.release(tensor);
      if (E.isLeft(read)) assert.fail(read.left.message);
      outputs.push(Float64Array.from(read.right.data));
    }
    return outputs;
  };
};

/** Every value of `actual` within absolute + relative·(largest magnitude of `expected`). */
export const assertClose = (
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative, absolute }: { readonly relative: number; readonly absolute: number },
  what: string,
): void => {
  assert.equal(actual.length, expected.length, `${what}: ${actual.length} values for ${expected.length}`);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const allowed = absolute + relative * largest;
  Array.from(expected).forEach((value, index) => {
    const found = actual[index] ?? Number.NaN;
    assert.ok(Math.abs(found - value) <= allowed, `${what}: value ${index} must be ${value} within ${allowed} (was ${found})`);
  });
};
