/**
 * The npm package onnxruntime-node with its version, for the backends that run on it. Not here: any provider.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type BackendError, unavailable } from '../../src/backend.js';
import { messageOf } from '../../src/thrown.js';
import type { OnnxRuntime } from './runtime.js';

export interface NodeRuntime {
  readonly runtime: OnnxRuntime;
  readonly versions: { readonly 'onnxruntime-node': string };
  /** The package's folder. */
  readonly folder: string;
}

/** Left: the package is not there, or does not load. */
export const loadOnnxRuntime = (backend: string): TE.TaskEither<BackendError, NodeRuntime> =>
  TE.tryCatch(
    async () => {
      const runtime = await import('onnxruntime-node');
      const file = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
      const manifest: { readonly version?: unknown } = JSON.parse(await readFile(file, 'utf8'));
      return { runtime, versions: { 'onnxruntime-node': String(manifest.version) }, folder: dirname(file) };
    },
    (error) =>
      unavailable(backend, {
        missing: `needs the package onnxruntime-node, which did not load (${messageOf(error)})`,
        command: 'npm ci',
      }),
  );
