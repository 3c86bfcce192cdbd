/** What tests of the runner need: a folder that goes away, a run with its events, a backend that notes what it was asked. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { createNull } from '../../backends/null/null.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import type { Backend } from '../../src/backend.js';
import { type Dataset, tokensDataset } from '../../src/data/dataset.js';
import type { Fault } from '../../src/fault.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { nodeFiles } from '../../src/files/node-files.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import type { PretrainedReader } from '../../src/runner/initial-weights.js';
import { run } from '../../src/runner/run.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { VOCABULARY } from './pipelines.js';

export const right = <A>(result: E.Either<{ readonly message: string }, A>): A =>
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

/** A disk that does not wait for its platters: for tests that lose no power. */
export const hastyDisk: FileSystem = { ...nodeFiles, sync: () => undefined };

/** A disk that takes this many bytes; of what comes then it writes what fits, and fails. */
export const diskOf = (bytes: number): FileSystem => {
  let left = bytes;
  return {
    ...hastyDisk,
    write: (file, data, offset) => {
      const fits = data.subarray(offset, offset + left);
      if (fits.byteLength === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const written = hastyDisk.write(file, fits, 0);
      left -= written;
      return written;
    },
  };
};

export interface RunWithEvents {
  readonly result: E.Either<Fault, RunSummary>;
  readonly events: readonly RunEvent[];
}

export interface RunHow {
  readonly backend: Backend;
  readonly folder: string;
  readonly dataset?: Dataset;
  readonly listener?: (event: RunEvent) => void;
  readonly signal?: AbortSignal;
  /** Reads the model that the schedule begins with. */
  readonly initial?: PretrainedReader;
}

export const runWithEvents = async (
  schedule: Schedule,
  { backend, folder, dataset, listener, signal, initial }: RunHow,
): Promise<RunWithEvents> => {
  const events: RunEvent[] = [];
  const result = await run(schedule, dataset ?? tokensDataset(VOCABULARY), {
    backend,
    folder: onDisk(folder, hastyDisk),
    listeners: [(event) => events.push(event), ...(listener === undefined ? [] : [listener])],
    ...(signal === undefined ? {} : { signal }),
    ...(initial === undefined ? {} : { initial }),
  })();
  return { result, events };
};

export { type Execution, spyOn } from './spy.js';
