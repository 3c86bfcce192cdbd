/**
 * Creates the backends that work in a browser. Their packages are fetched on demand. Not here: the menu (`backend-menu.ts`), the backends
 * (`backends/`), Node's (`src/cli/backends/registry.ts`).
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { noGpu } from '../backends/no-gpu.js';
import { openGpuDevice } from '../backends/tfjs/gpu-device.js';
import { adapterSays } from '../backends/webgpu-adapter.js';
import { type Backend, type BackendError, unavailable } from '../src/backend.js';
import { messageOf } from '../src/thrown.js';
import type { BackendName } from './backend-menu.js';

const creating = (backend: string, make: () => Promise<TE.TaskEither<BackendError, Backend>>): TE.TaskEither<BackendError, Backend> =>
  TE.flatten(TE.tryCatch(make, (error) => unavailable(backend, { missing: `did not start: ${messageOf(error)}` })));

const noWebgpu = (backend: string): BackendError =>
  unavailable(backend, {
    missing: 'needs a browser with WebGPU (navigator.gpu is missing); take a current one, or a backend that computes on the CPU',
  });

const noDevice =
  (backend: string) =>
  (said: string): BackendError =>
    noGpu(backend, { missing: `${said}; take a browser that finds one, or a backend that computes on the CPU` });

const tfjsCore = async () => {
  const [core, { version }] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-core/package.json')]);
  return { core, versions: { '@tensorflow/tfjs-core': version } };
};

const tfjsWebgpu = async (): Promise<TE.TaskEither<BackendError, Backend>> => {
  const { gpu } = navigator;
  if (gpu === undefined) return TE.left(noWebgpu('tfjs-webgpu'));
  const [{ core, versions }, webgpu, { version }, { createOnGpu }] = await Promise.all([
    tfjsCore(),
    import('@tensorflow/tfjs-backend-webgpu'),
    import('@tensorflow/tfjs-backend-webgpu/package.json'),
    import('../backends/tfjs/webgpu.js'),
  ]);
  return pipe(
    openGpuDevice(gpu),
    TE.bimap(noDevice('tfjs-webgpu'), (device) =>
      createOnGpu(core, webgpu, device, { ...versions, '@tensorflow/tfjs-backend-webgpu': version }),
    ),
  );
};

const tfjsWasm = async (): Promise<TE.TaskEither<BackendError, Backend>> => {
  const [{ core, versions }, wasm, { version }, { createOnWasm }, plain, simd, threaded] = await Promise.all([
    tfjsCore(),
    import('@tensorflow/tfjs-backend-wasm'),
    import('@tensorflow/tfjs-backend-wasm/package.json'),
    import('../backends/tfjs/wasm.js'),
    import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'),
    import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'),
    import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'),
  ]);
  wasm.setWasmPaths({
    'tfjs-backend-wasm.wasm': plain.default,
    'tfjs-backend-wasm-simd.wasm': simd.default,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded.default,
  });
  return TE.right(await createOnWasm(core, wasm, { ...versions, '@tensorflow/tfjs-backend-wasm': version }));
};

const tfjsCpu = async (): Promise<TE.TaskEither<BackendError, Backend>> => {
  const [{ core, versions }, cpu, { version }, { createOnCpu }] = await Promise.all([
    tfjsCore(),
    import('@tensorflow/tfjs-backend-cpu'),
    import('@tensorflow/tfjs-backend-cpu/package.json'),
    import('../backends/tfjs/cpu.js'),
  ]);
  return TE.right(createOnCpu(core, cpu, { ...versions, '@tensorflow/tfjs-backend-cpu': version }));
};

const onnxWasm = async (): Promise<TE.TaskEither<BackendError, Backend>> => {
  const [runtime, binary, { createOnWasm }] = await Promise.all([
    import('onnxruntime-web/wasm'),
    import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url'),
    import('../backends/onnx/wasm.js'),
  ]);
  const { wasm, versions } = runtime.env;
  wasm.wasmPaths = { wasm: binary.default };
  const threads = crossOriginIsolated ? Math.max(1, Math.min(4, navigator.hardwareConcurrency)) : 1;
  wasm.numThreads = threads;
  return TE.right(createOnWasm(runtime, { threads, versions: { 'onnxruntime-web': String(versions.web) } }));
};

const onnxWebgpu = async (): Promise<TE.TaskEither<BackendError, Backend>> => {
  const { gpu } = navigator;
  if (gpu === undefined) return TE.left(noWebgpu('onnx-webgpu'));
  const [says, runtime, binary, { createOnWebgpu }] = await Promise.all([
    adapterSays(gpu),
    import('onnxruntime-web/webgpu'),
    import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'),
    import('../backends/onnx/webgpu.js'),
  ]);
  const { wasm, versions } = runtime.env;
  wasm.wasmPaths = { wasm: binary.default };
  wasm.numThreads = 1;
  return pipe(
    createOnWebgpu(runtime, {
      device: says?.description ?? "the browser's WebGPU adapter",
      versions: { 'onnxruntime-web': String(versions.web) },
      ...(says === undefined ? {} : { largestTensor: says.largestTensor }),
    }),
    TE.mapLeft(noDevice('onnx-webgpu')),
  );
};

const makers: Readonly<Record<BackendName, () => Promise<TE.TaskEither<BackendError, Backend>>>> = {
  'onnx-wasm': onnxWasm,
  'onnx-webgpu': onnxWebgpu,
  'tfjs-webgpu': tfjsWebgpu,
  'tfjs-wasm': tfjsWasm,
  'tfjs-cpu': tfjsCpu,
};

export const createBackend = (name: BackendName): TE.TaskEither<BackendError, Backend> => creating(name, makers[name]);
