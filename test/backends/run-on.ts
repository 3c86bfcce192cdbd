/** Programs run once on a backend, from values to values. Not a test itself. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError, DeviceTensor, HostTensor } from '../../src/backend.js';
import type { Program, TensorType } from '../../src/program/program.js';
import { hostArrayOf } from '../../src/program/types/host-array.js';

export const right = <A>(result: E.Either<BackendError, A>): A => (E.isLeft(result) ? assert.fail(result.left.message) : result.right);

export const typeOf = ({ types }: Program, value: number): TensorType => types[value] ?? assert.fail(`value ${value} has no type`);

export const hostTensor = (type: TensorType, values: ArrayLike<number>): HostTensor => ({
  type,
  data: hostArrayOf(type.dtype, values),
});

export const downloadAll = async (backend: Backend, tensors: readonly DeviceTensor[]): Promise<readonly ArrayLike<number>[]> => {
  const all: ArrayLike<number>[] = [];
  for (const tensor of tensors) all.push(right(await backend.download(tensor)()).data);
  return all;
};

/** Runs a program once from values; gives back all that it took. */
export const runOn =
  (backend: Backend) =>
  async (program: Program, inputs: readonly ArrayLike<number>[]): Promise<readonly ArrayLike<number>[]> => {
    const executable = right(await backend.compile(program)());
    const given = inputs.map((values, index) => hostTensor(typeOf(program, program.inputs[index]?.value ?? -1), values));
    const tensors = right(await executable.run(given)());
    const values = await downloadAll(backend, tensors);
    for (const tensor of tensors) backend.release(tensor);
    executable.dispose();
    return values;
  };
