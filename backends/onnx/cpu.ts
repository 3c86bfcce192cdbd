/**
 * `onnx-cpu`: ONNX Runtime's CPU provider in Node.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import { aNumberOfThreads, threadsFor } from '../threads.js';
import { createOnnxBackend } from './backend.js';
import { onnxCpuCapabilities } from './cpu-capabilities.js';
import { lowerings } from './lowering.js';
import { loadOnnxRuntime } from './runtime-node.js';

export interface OnnxCpuOptions {
  /** The number of threads, from 1; by default one for each core that this process may use (`backends/machine/processors.ts`). */
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
        capabilities: { ...onnxCpuCapabilities(computing.right), versions },
        lowerings,
        reusesMemory: true,
        session: () => ({
          executionProviders: ['cpu'],
          // Never left to ONNX Runtime, which uses all cores of the machine, and pins threads even to those that this process may not use.
          intraOpNumThreads: computing.right,
          // The program is optimised already: ONNX Runtime's own optimisation takes longer than it saves.
          graphOptimizationLevel: 'disabled',
          // With a memory pattern from the first run, that run's arena stays beside the planned one: a third more memory at the peak.
          enableMemPattern: false,
          logSeverityLevel: 3,
        }),
      }),
    );
  };

export const createOnnxCpu = creator('onnx-cpu', 'createOnnxCpu', create, { threads: aNumberOfThreads });
