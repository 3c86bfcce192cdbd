/**
 * `torch-cpu`: PyTorch on the CPU, in a worker's process.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import { aNumberOfThreads, threadsFor, threadsPhrase } from '../threads.js';
import { createTorchBackend } from './backend.js';
import { torchRewrites } from './rewrites.js';
import { startWorker } from './start.js';

const NAME = 'torch-cpu';

export interface TorchCpuOptions {
  /** Threads that compute, from 1; left out, one for each core that this process may use (`backends/machine/processors.ts`). */
  readonly threads?: number;
}

const create = ({ threads }: TorchCpuOptions = {}): TE.TaskEither<BackendError, Backend> =>
  pipe(
    TE.fromIOEither(() => threadsFor(NAME, threads)),
    TE.bindTo('computing'),
    TE.bind('started', ({ computing }) => startWorker(NAME, { device: 'cpu', threads: computing })),
    TE.map(({ computing, started: { worker, greeting } }) =>
      createTorchBackend({
        name: NAME,
        worker,
        capabilities: {
          precision: 'f32',
          operations: new Set(greeting.operations),
          rewrites: torchRewrites,
          state: 'device',
          stateCopies: 0,
          device: threadsPhrase(computing),
          versions: { torch: greeting.torch, python: greeting.python },
        },
      }),
    ),
  );

export const createTorchCpu = creator(NAME, 'createTorchCpu', create, { threads: aNumberOfThreads });
