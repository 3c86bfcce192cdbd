/** What tests of the runner need: a folder that goes away, a run with its events, a backend that notes what it was asked. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { createNull } from '../../backends/null/index.js';
import { createOnnxCpu } from '../../backends/onnx/index.js';
import type { Backend, BackendError, DeviceTensor, Executable, HostTensor } from '../../src/backend.js';
import { type Dataset, tokensDataset } from '../../src/data/dataset.js';
import type { Fault } from '../../src/fault.js';
import type { Flops } from '../../src/program/flops.js';
import { onDisk } from '../../src/runner/disk-folder.js';
import type { RunEvent } from '../../src/runner/events.js';
import { type RunSummary, run } from '../../src/runner/run.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { VOCABULARY } from './pipelines.js';

export const right = <A>(result: E.Either<Fault | BackendError, A>): A =>
  E.isLeft(result) ? assert.fail(result.left.message) : result.right;

export const nullBackend = async (): Promise<Backend> => right(await createNull()());
export const onnxBackend = async (): Promise<Backend> => right(await createOnnxCpu()());

/** A folder under the system's temporary one for as long as `use` takes. */
export const inTemporaryFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), 'vcycle-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export interface Told {
  readonly result: E.Either<Fault, RunSummary>;
  readonly events: readonly RunEvent[];
}

export interface RunHow {
  readonly backend: Backend;
  readonly folder: string;
  readonly dataset?: Dataset;
  readonly listener?: (event: RunEvent) => void;
  readonly signal?: AbortSignal;
}

export const runWithEvents = async (schedule: Schedule, { backend, folder, dataset, listener, signal }: RunHow): Promise<Told> => {
  const events: RunEvent[] = [];
  const result = await run(schedule, dataset ?? tokensDataset(VOCABULARY), {
    backend,
    folder: onDisk(folder),
    listeners: [(event) => events.push(event), ...(listener === undefined ? [] : [listener])],
    ...(signal === undefined ? {} : { signal }),
  })();
  return { result, events };
};

export interface Execution {
  /** The program's name, which says kind, layers, h and batch. */
  readonly program: string;
  readonly flops: Flops;
  readonly inputs: ReadonlyMap<string, DeviceTensor | HostTensor>;
}

/** The backend, and all that it ran. `fail` may refuse an execution by its number (from 0). */
export const spyOn = (
  backend: Backend,
  fail: (execution: number) => string | undefined = () => undefined,
): { readonly backend: Backend; readonly executions: readonly Execution[] } => {
  const executions: Execution[] = [];
  return {
    executions,
    backend: {
      ...backend,
      compile: (program) =>
        TE.map((executable: Executable) => ({
          ...executable,
          run: (inputs: readonly (DeviceTensor | HostTensor)[]) => {
            const refusal = fail(executions.length);
            const byName = new Map(program.inputs.map(({ name }, index) => [name, inputs[index] ?? assert.fail(name)]));
            executions.push({ program: program.name, flops: executable.flops, inputs: byName });
            return refusal === undefined
              ? executable.run(inputs)
              : TE.left<BackendError>({ kind: 'failed', backend: backend.name, message: refusal });
          },
        }))(backend.compile(program)),
    },
  };
};
