/**
 * `onnx-cpu`: ONNX Runtime's CPU provider in Node.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import { aNumberOfThreads, threadsFor, threadsPhrase } from '../threads.js';
import { createOnnxBackend } from './backend.js';
import { CPU_HIDES, lowerings } from './lowering.js';
import { loadOnnxRuntime } from './runtime-node.js';

export interface OnnxCpuOptions {
  /** Threads that compute, from 1; left out, one for each core that this process may use (`backends/machine/processors.ts`). */
  readonly threads?: number;
}

const NAME = 'onnx-cpu';

const create =
  ({ threads }: OnnxCpuOptions = {}): TaskEither<BackendError, Backend> =>
  async () => {
    const computing = threadsFor(NAME, threads);
    if (E.isLeft(computing)) return computing;
    const loaded = await loadOnnxRuntime(NAME)();
    if (E.isLeft(loaded)) return loaded;
    const { runtime, versions } = loaded.right;
    return E.right(
      createOnnxBackend({
        name: NAME,
        runtime,
        capabilities: { state: 'host', stateCopies: 0, hides: CPU_HIDES, device: threadsPhrase(computing.right), versions },
        lowerings,
        reusesMemory: true,
        session: () => ({
          executionProviders: ['cpu'],
          // Never left to ONNX Runtime: it takes the cores of the machine, and binds threads to those that this process may not use.
          intraOpNumThreads: computing.right,
          // The program is tidy already: ONNX Runtime's rewriting takes longer than it saves.
          graphOptimizationLevel: 'disabled',
          // Planning memory by the first run keeps that run's arena beside the planned one: a third more at the peak.
          enableMemPattern: false,
          logSeverityLevel: 3,
        }),
      }),
    );
  };

export const createOnnxCpu = creator('onnx-cpu', 'createOnnxCpu', create, { threads: aNumberOfThreads });
