/**
 * `onnx-webgpu` in Node: the WebGPU provider that is bundled in onnxruntime-node. Not here: the backend itself (`webgpu.ts`).
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import type { OnnxRuntime } from './session.js';
import { createOnWebgpu, sentenceOf } from './webgpu.js';

const load = (): TE.TaskEither<BackendError, { readonly runtime: OnnxRuntime; readonly version: string }> =>
  TE.tryCatch(
    async () => {
      const runtime = await import('onnxruntime-node');
      const manifest = JSON.parse(await readFile(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'), 'utf8'));
      return { runtime, version: String(manifest.version) };
    },
    (error) => ({
      kind: 'unavailable',
      backend: 'onnx-webgpu',
      message: `needs the package onnxruntime-node, which did not load (${sentenceOf(error)}); run npm ci`,
    }),
  );

export const createOnnxWebgpu = (): TE.TaskEither<BackendError, Backend> =>
  pipe(
    load(),
    TE.flatMap(({ runtime, version }) =>
      createOnWebgpu(runtime, {
        device: 'the WebGPU adapter that ONNX Runtime picks (it does not say which)',
        versions: { 'onnxruntime-node': version },
      }),
    ),
  );
