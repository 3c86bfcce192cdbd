/** A backend that notes what it was asked. Not a test itself. */
import assert from 'node:assert/strict';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError, DeviceTensor, Executable, HostTensor, RunOptions } from '../../src/backend.js';
import type { Flops } from '../../src/program/types/flops.js';

export interface Execution {
  /** The program's name, which says kind, layers, h and batch. */
  readonly program: string;
  readonly flops: Flops;
  readonly inputs: ReadonlyMap<string, DeviceTensor | HostTensor>;
}

/** The backend, and all that it ran. `fail` may refuse an execution by its number (from 0). */
export const spyOn = (
  backend: Backend,
  fail: (execution: number, program: string) => string | undefined = () => undefined,
): { readonly backend: Backend; readonly executions: readonly Execution[] } => {
  const executions: Execution[] = [];
  return {
    executions,
    backend: {
      ...backend,
      compile: (program) =>
        TE.map((executable: Executable) => ({
          ...executable,
          run: (inputs: readonly (DeviceTensor | HostTensor)[], options?: RunOptions) => {
            const refusal = fail(executions.length, program.name);
            const byName = new Map(program.inputs.map(({ name }, index) => [name, inputs[index] ?? assert.fail(name)]));
            executions.push({ program: program.name, flops: executable.flops, inputs: byName });
            return refusal === undefined
              ? executable.run(inputs, options)
              : TE.left<BackendError>({ kind: 'failed', backend: backend.name, message: refusal });
          },
        }))(backend.compile(program)),
    },
  };
};
