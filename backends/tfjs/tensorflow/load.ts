/**
 * Loads tfjs-node or tfjs-node-gpu from where it was installed, with the TensorFlow settings that vcycle's guarantees need. A process can load only
 * one of the two, and only once: both register under the same name with tfjs, and TensorFlow's libraries cannot be loaded twice.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { type BackendError, type Remedy, unavailable } from '../../../src/backend.js';
import { firstLineOf } from '../../../src/thrown.js';
import { type Installation, type TensorflowBackend, tensorflowPackages } from './installation.js';

type Core = typeof import('@tensorflow/tfjs-core');

/** What the package adds to a tfjs backend. */
export interface NodeBackend extends KernelBackend {
  readonly binding: { readonly TF_Version: string };
  readonly isUsingGpuDevice: boolean;
}

export interface Tensorflow {
  readonly core: Core;
  readonly backend: NodeBackend;
  /** The number of its CPU threads. */
  readonly threads: number;
}

/** Variables that are already set are the user's choice. TensorFlow reads them when it is loaded. */
const settingsFor = (threads: number): Readonly<Record<string, string>> => ({
  // Threads of one operation; operations of a program run one at a time. By default TensorFlow ignores a container's quota.
  TF_NUM_INTRAOP_THREADS: String(threads),
  TF_NUM_INTEROP_THREADS: '1',
  // Its own messages on stderr: only errors.
  TF_CPP_MIN_LOG_LEVEL: '2',
  // Otherwise it allocates the whole memory of a GPU at once.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  // The same step gives the same bits.
  TF_DETERMINISTIC_OPS: '1',
  // A product of f32 is computed in f32: otherwise cards with TF32 would silently use it.
  NVIDIA_TF32_OVERRIDE: '0',
});

let loaded: { readonly name: TensorflowBackend; readonly tensorflow: Tensorflow } | undefined;

const load = (name: TensorflowBackend, folder: string, threads: number): Tensorflow => {
  for (const [key, value] of Object.entries(settingsFor(threads))) process.env[key] ??= value;
  const require = createRequire(join(folder, 'package.json'));
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = require('node:util');
  // The package calls it, but Node 23 no longer has it.
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const tf: { readonly backend: () => KernelBackend } = require(tensorflowPackages[name].npm);
  return {
    core: require('@tensorflow/tfjs-core'),
    backend: tf.backend() as NodeBackend,
    threads: Number(process.env.TF_NUM_INTRAOP_THREADS),
  };
};

/** @param threads of the CPU; those of the first load stay, and are reported. */
export const loadTensorflow = (
  name: TensorflowBackend,
  { folder }: Pick<Installation, 'folder'>,
  threads: number,
): E.Either<BackendError, Tensorflow> => {
  const refused = (remedy: Remedy): BackendError => unavailable(name, remedy);
  if (loaded !== undefined && loaded.name !== name)
    return E.left(
      refused({ missing: `cannot run in a process in which ${loaded.name} has run: TensorFlow is loaded once; use another process` }),
    );
  return E.tryCatch(
    () => {
      loaded ??= { name, tensorflow: load(name, folder, threads) };
      return loaded.tensorflow;
    },
    (error) => refused({ missing: `did not start: ${firstLineOf(error)}`, command: `vcycle setup --again ${name}` }),
  );
};
