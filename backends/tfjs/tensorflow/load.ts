/**
 * Loads tfjs-node or tfjs-node-gpu from where it was set up, with the settings that vcycle's promises ask of TensorFlow. A process has
 * one of the two, once: both register themselves under one name with tfjs, and TensorFlow's libraries cannot be loaded twice.
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
  /** With which it computes on the CPU. */
  readonly threads: number;
}

/** What is in the environment already is the user's word. TensorFlow reads these when it is loaded. */
const settingsFor = (threads: number): Readonly<Record<string, string>> => ({
  // Of one operation; what runs side by side of a program is one operation at a time. Left alone it knows nothing of a container's quota.
  TF_NUM_INTRAOP_THREADS: String(threads),
  TF_NUM_INTEROP_THREADS: '1',
  // Its own notes on stderr: errors alone.
  TF_CPP_MIN_LOG_LEVEL: '2',
  // Else it takes the whole memory of a GPU at once.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  // The same step gives the same bits.
  TF_DETERMINISTIC_OPS: '1',
  // A product of f32 is computed in f32: on cards that have it, TF32 would be taken, and nobody told.
  NVIDIA_TF32_OVERRIDE: '0',
});

let loaded: { readonly name: TensorflowBackend; readonly tensorflow: Tensorflow } | undefined;

const load = (name: TensorflowBackend, folder: string, threads: number): Tensorflow => {
  for (const [key, value] of Object.entries(settingsFor(threads))) process.env[key] ??= value;
  const require = createRequire(join(folder, 'package.json'));
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = require('node:util');
  // The package calls it, and Node 23 no longer has it.
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const tf: { readonly backend: () => KernelBackend } = require(tensorflowPackages[name].npm);
  return {
    core: require('@tensorflow/tfjs-core'),
    backend: tf.backend() as NodeBackend,
    threads: Number(process.env.TF_NUM_INTRAOP_THREADS),
  };
};

/** @param threads of the CPU; those of the first load stay, and are told. */
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
