/**
 * `onnx-webgpu` in Node: the WebGPU provider that is bundled in onnxruntime-node. Not here: the backend itself (`webgpu.ts`).
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { loadOnnxRuntime } from './runtime-node.js';
import { createOnWebgpu } from './webgpu.js';

export const createOnnxWebgpu = (): TE.TaskEither<BackendError, Backend> =>
  pipe(
    loadOnnxRuntime('onnx-webgpu'),
    TE.flatMap(({ runtime, versions }) =>
      createOnWebgpu(runtime, { device: 'the WebGPU adapter that ONNX Runtime picks (it does not say which)', versions }),
    ),
  );
