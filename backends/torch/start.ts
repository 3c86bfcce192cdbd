/**
 * Starts a worker, checks its version, and reads from its greeting what it can do; or explains in one sentence why it cannot start. Not here: the
 * requests that follow (`backend.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type BackendError, type Remedy, unavailable } from '../../src/backend.js';
import type { OperationName } from '../../src/program/operations/index.js';
import { LEAST_TORCH, SETUP, type TorchInstallation, torchInstallation } from './installation.js';
import type { Header } from './messages.js';
import { PROTOCOL_VERSION, WorkerProcess } from './process.js';
import { recordingIn } from './recording.js';

export interface Greeting {
  readonly python: string;
  readonly torch: string;
  /** The operations that the worker lowers itself. */
  readonly operations: readonly OperationName[];
  /** The name of the processor or the card. */
  readonly name: string;
  readonly bf16: boolean;
  /** The compiler's path, if there is one. */
  readonly compiler: string | null;
  /** The compute capability of a card; `memory` is its size in bytes. */
  readonly capability?: string;
  readonly memory?: number;
}

export interface StartOptions {
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
  readonly precision: 'f32' | 'bf16';
  readonly compile: boolean;
}

/** The recording of all messages to the worker, if one is wanted. */
export interface RecordingOptions {
  readonly record?: string;
}

/** Seconds. A program of one layer compiles quickly, but a step of a large model may take minutes on a slow machine. */
const PATIENCE = 1800;

/** Why a worker cannot be used, from what it sent in place of a greeting; undefined for a usable greeting. */
const refusal = ({ version, fault, message, torch, failed, missing }: Header, { from }: TorchInstallation): Remedy | undefined => {
  const again = from.startsWith('VCYCLE_PYTHON') ? {} : { command: `${SETUP} --again` };
  if (version !== PROTOCOL_VERSION)
    return {
      missing: `needs a worker of version ${PROTOCOL_VERSION} (was ${version}): vcycle's own files are of two versions; install it again`,
    };
  if (fault === 'torch') return { missing: `needs PyTorch, which the Python of ${from} cannot import (${message})`, ...again };
  if (fault === 'old') return { missing: `needs PyTorch ${LEAST_TORCH} or newer (was ${torch}, of ${from})`, ...again };
  for (const said of [failed, missing]) if (typeof said === 'string') return { missing: said };
  return undefined;
};

const greeted = async (
  installation: TorchInstallation,
  { record, ...options }: StartOptions & RecordingOptions,
): Promise<E.Either<Remedy, { readonly worker: WorkerProcess; readonly greeting: Greeting }>> => {
  const recording = record === undefined ? undefined : recordingIn(record);
  if (recording !== undefined && E.isLeft(recording)) return E.left({ missing: recording.left });
  const worker = new WorkerProcess({
    python: installation.python,
    threads: options.threads,
    patience: PATIENCE,
    ...(recording === undefined ? {} : { recording: recording.right }),
  });
  const answer = await worker.ask({ ...options });
  const refused = E.isLeft(answer)
    ? { missing: `needs a Python that runs PyTorch; ${answer.left} (was that of ${installation.from})` }
    : refusal(answer.right.header, installation);
  if (refused === undefined && E.isRight(answer)) return E.right({ worker, greeting: answer.right.header as unknown as Greeting });
  await worker.end();
  return E.left(refused ?? { missing: 'gave no greeting' });
};

/** Left: why the worker cannot start, as an error of the backend of that name. */
export const startWorker =
  (
    backend: string,
    options: StartOptions & RecordingOptions,
  ): TaskEither<BackendError, { readonly worker: WorkerProcess; readonly greeting: Greeting }> =>
  async () => {
    if (process.platform === 'win32') {
      const missing = 'needs Linux or macOS: its worker speaks over a socket that Windows does not hand on';
      return E.left(unavailable(backend, { missing }));
    }
    const installation = torchInstallation();
    if (E.isLeft(installation)) return E.left(unavailable(backend, installation.left));
    const started = await greeted(installation.right, options);
    return E.mapLeft((remedy: Remedy) => unavailable(backend, remedy))(started);
  };
