/**
 * `onnx-cpu`: ONNX Runtime's CPU provider in Node.
 */
import { availableParallelism } from 'node:os';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { lowerings } from './lowering.js';
import { loadOnnxRuntime } from './runtime-node.js';
import { createOnnxBackend } from './session.js';

export type * from '../../src/backend.js';
export { createOnnxCuda } from './cuda.js';
export { createOnnxWebgpu } from './webgpu-node.js';

export interface OnnxCpuOptions {
  /** Threads that compute. Left out: as many as ONNX Runtime finds right, one a core. */
  readonly threads?: number;
}

const threadsSaid = (threads: number): string => `CPU, ${threads} thread${threads === 1 ? '' : 's'}`;

export const createOnnxCpu = ({ threads }: OnnxCpuOptions = {}): TE.TaskEither<BackendError, Backend> =>
  pipe(
    loadOnnxRuntime('onnx-cpu'),
    TE.map(({ runtime, versions }) =>
      createOnnxBackend({
        name: 'onnx-cpu',
        runtime,
        capabilities: { state: 'host', stateCopies: 0, device: threadsSaid(threads ?? availableParallelism()), versions },
        lowerings,
        reusesMemory: true,
        session: () => ({
          executionProviders: ['cpu'],
          ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
          // The program is tidy already: ONNX Runtime's rewriting takes longer than it saves.
          graphOptimizationLevel: 'disabled',
          // Planning memory by the first run keeps that run's arena beside the planned one: a third more at the peak.
          enableMemPattern: false,
          logSeverityLevel: 3,
        }),
      }),
    ),
  );
