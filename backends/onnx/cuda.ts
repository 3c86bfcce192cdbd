/**
 * `onnx-cuda`: ONNX Runtime's CUDA provider in Node. Its libraries are too large for npm; onnxruntime-node's own script fetches them when told
 * to. onnxruntime-node passes tensors through host memory, so a step copies the state to the device and back.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InferenceSession } from 'onnxruntime-node';
import { type Backend, type BackendError, type Remedy, unavailable } from '../../src/backend.js';
import { OnnxGraph } from '../../src/onnx/graph.js';
import { messageOf } from '../../src/thrown.js';
import { creator } from '../creator.js';
import { factsOfMachine } from '../machine/facts.js';
import { withoutNvidia } from '../machine/remedies.js';
import { createOnnxBackend } from './backend.js';
import { loadOnnxRuntime, type NodeRuntime } from './runtime-node.js';
import { webgpuLowerings } from './webgpu-lowering.js';

const NAME = 'onnx-cuda';

/** It has not been checked on a card whether the maximum of a number and NaN is NaN. */
const HIDES = new Set(['max', 'minimum'] as const);
const LIBRARIES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

const sessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['cuda'],
  // Its CPU threads have nothing to do, and would be one for each core of the machine, pinned to it.
  intraOpNumThreads: 1,
  graphOptimizationLevel: 'disabled',
  logSeverityLevel: 3,
  // Otherwise a node that the provider lacks would silently run on the CPU.
  extra: { session: { disable_cpu_ep_fallback: '1' } },
};

const refused = (remedy: Remedy): E.Either<BackendError, never> => E.left(unavailable(NAME, remedy));

/** Left: what is missing, in the order in which it must be installed. npm does not install the provider's own files. */
const withLibraries = (given: NodeRuntime): E.Either<BackendError, NodeRuntime> => {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return refused({
      missing: `needs Linux on x64, the only platform with ONNX Runtime's CUDA provider for Node (was ${process.platform} on ${process.arch})`,
    });
  const gpu = withoutNvidia(factsOfMachine());
  if (gpu !== undefined) return refused({ ...gpu, missing: `needs an NVIDIA GPU with its driver (was: ${gpu.missing})` });
  const missing = LIBRARIES.filter((name) => !existsSync(join(given.folder, 'bin', 'napi-v6', 'linux', 'x64', name)));
  if (missing.length === 0) return E.right(given);
  const command = `ONNXRUNTIME_NODE_INSTALL=cuda12 node ${join(given.folder, 'script', 'install.js')}`;
  return refused({ missing: `needs ${missing.join(' and ')}, which npm does not bring`, command });
};

/** The part of ONNX Runtime's long message that names what the loader could not open. */
const sentenceOf = (error: unknown): string => {
  const message = messageOf(error);
  const library = /(\S+): cannot open shared object file/.exec(message)?.[1];
  if (library !== undefined) return `the library ${library} is missing`;
  return message.split('\n')[0]?.trim() ?? message;
};

/** A session on the device proves that there is one: without it, this is an error, and no other provider is used. */
const tried = (given: NodeRuntime): TE.TaskEither<BackendError, NodeRuntime> =>
  TE.tryCatch(
    async () => {
      const graph = new OnnxGraph();
      graph.input('i', 'f32');
      graph.output('o', 'f32');
      graph.node('Identity', ['i'], ['o']);
      const session = await given.runtime.InferenceSession.create(graph.encode('is there a device?'), sessionOptions);
      await session.release();
      return given;
    },
    (error) =>
      unavailable(NAME, {
        missing: `needs an NVIDIA GPU with its driver, CUDA 12 and cuDNN 9 (was: ${sentenceOf(error)}); install what is missing`,
      }),
  );

const create = (): TE.TaskEither<BackendError, Backend> => async () => {
  // Products of f32 are computed in f32: cuBLAS, unless told so before it is loaded, uses TF32 on cards that have it.
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const loaded = await loadOnnxRuntime(NAME)();
  if (E.isLeft(loaded)) return loaded;
  const whole = withLibraries(loaded.right);
  if (E.isLeft(whole)) return whole;
  const working = await tried(whole.right)();
  if (E.isLeft(working)) return working;
  const { runtime, versions } = working.right;
  return E.right(
    createOnnxBackend({
      name: NAME,
      runtime,
      capabilities: { state: 'host', stateCopies: 2, hides: HIDES, device: 'the first NVIDIA GPU, CUDA', versions },
      // Without the CPU provider's own fusions, not all of which exist for CUDA.
      lowerings: webgpuLowerings,
      session: () => sessionOptions,
    }),
  );
};

export const createOnnxCuda = creator(NAME, 'createOnnxCuda', create);
