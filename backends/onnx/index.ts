/**
 * `onnx-cpu`: ONNX Runtime's CPU provider in Node.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { lowerings } from './lowering.js';
import { createOnnxBackend } from './session.js';

export { createOnnxWebgpu } from './webgpu-node.js';

export const createOnnxCpu = (): TE.TaskEither<BackendError, Backend> =>
  TE.tryCatch(
    async () => {
      const runtime = await import('onnxruntime-node');
      const manifest = JSON.parse(await readFile(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'), 'utf8'));
      return createOnnxBackend({
        name: 'onnx-cpu',
        runtime,
        capabilities: {
          state: 'host',
          stateCopies: 0,
          device: `CPU, ${availableParallelism()} threads`,
          versions: { 'onnxruntime-node': String(manifest.version) },
        },
        lowerings,
        reusesMemory: true,
        session: () => ({
          executionProviders: ['cpu'],
          // The program is tidy already: ONNX Runtime's rewriting takes longer than it saves.
          graphOptimizationLevel: 'disabled',
          // Planning memory by the first run keeps that run's arena beside the planned one: a third more at the peak.
          enableMemPattern: false,
          logSeverityLevel: 3,
        }),
      });
    },
    (error) => ({
      kind: 'unavailable',
      backend: 'onnx-cpu',
      message: `onnx-cpu needs the package onnxruntime-node, which did not load (${error instanceof Error ? error.message : String(error)}); run npm ci`,
    }),
  );
