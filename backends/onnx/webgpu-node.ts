/**
 * `onnx-webgpu` in Node: the WebGPU provider that is bundled in onnxruntime-node. Not here: the backend itself (`webgpu.ts`).
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { largestBindingOf } from '../webgpu-limits.js';
import { loadOnnxRuntime } from './runtime-node.js';
import { createOnWebgpu } from './webgpu.js';

/**
 * ONNX Runtime takes an adapter as Dawn gives it and raises the device's limits to the adapter's, but says neither. The optional package
 * `webgpu` is Dawn too, and can be asked; where it is not installed, what the device cannot hold is found when it computes.
 */
const limitByDawn = async (): Promise<number | undefined> => {
  const dawn = await import('webgpu').catch(() => undefined);
  return dawn === undefined ? undefined : largestBindingOf(dawn.create([]));
};

export const createOnnxWebgpu = (): TE.TaskEither<BackendError, Backend> =>
  pipe(
    loadOnnxRuntime('onnx-webgpu'),
    TE.bind('largestTensor', () => TE.fromTask(limitByDawn)),
    TE.flatMap(({ runtime, versions, largestTensor }) =>
      createOnWebgpu(runtime, {
        device: 'the WebGPU adapter that ONNX Runtime picks (it does not say which)',
        versions,
        ...(largestTensor === undefined ? {} : { largestTensor }),
      }),
    ),
  );
