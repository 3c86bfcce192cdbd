/**
 * `tfjs-webgpu` on a WebGPU device: tfjs's WebGPU kernels, in a browser as in Node. Not here: where the device comes from
 * (`gpu-device.ts`), Node's WebGPU (`webgpu-node.ts`).
 */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../src/program/program.js';
import { largestBinding } from '../webgpu-adapter.js';
import { createTfjsBackend, type TfjsBackend } from './backend.js';
import { BufferPool } from './buffer-pool.js';
import type { GpuDevice } from './gpu-device.js';
import { lowerings } from './lowering.js';

// ScatterNd adds with atomics, in any order of the threads: the same step would not give the same bits twice. The decomposition (a one-hot product)
// does.
const { scatterAdd: _, ...deterministic } = lowerings;

type Core = typeof import('@tensorflow/tfjs-core');
type Webgpu = typeof import('@tensorflow/tfjs-backend-webgpu');

/** The side of the square of outputs of one workgroup of the packed shader. */
const TILE = 32;

/** Its logarithm of NaN is a number. */
const HIDES = new Set(['log'] as const);

/** The number of threads with which the reducing shader sums one output: for shorter sums most of them would idle. */
const REDUCING_THREADS = 256;

/**
 * tfjs's own choice among its shaders for products, except in two cases: it splits long sums over workgroups that add with atomics (see above), and
 * it uses the reducing shader for short ones.
 */
const shaderOf = (
  { webgpu_util: { MatMulProgramType } }: Webgpu,
  fewWorkgroups: number,
  a: TensorInfo,
  b: TensorInfo,
  attrs: Readonly<Record<string, unknown>>,
): number => {
  const [rows = 0, inner = 0] = attrs.transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape.at(attrs.transposeB ? -2 : -1) ?? 0;
  const batch = sizeOf(a.shape.slice(0, -2));
  const workgroups = batch * Math.ceil(rows / TILE) * Math.ceil(columns / TILE);
  if (workgroups > fewWorkgroups && (rows > 8 || workgroups > 2 * fewWorkgroups)) return MatMulProgramType.MatMulPackedProgram;
  return batch * rows * columns <= 128 && inner >= REDUCING_THREADS
    ? MatMulProgramType.MatMulReduceProgram
    : MatMulProgramType.MatMulSmallOutputSizeProgram;
};

const withShader =
  (core: Core, webgpu: Webgpu, fewWorkgroups: number, kernel: KernelFunc): KernelFunc =>
  (call) => {
    const { a, b } = call.inputs;
    if (a === undefined || b === undefined) throw new Error('a product takes two operands');
    core.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', shaderOf(webgpu, fewWorkgroups, a, b, call.attrs ?? {}));
    try {
      return kernel(call);
    } finally {
      core.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', -1);
    }
  };

/**
 * tfjs-webgpu on the given device, which it closes at the end. WebGPU's globals (`GPUBufferUsage`, …) must exist. `tfjs-core`'s flags are set for the
 * whole process: kernels run on the device whatever their size.
 */
export const createOnGpu = (core: Core, webgpu: Webgpu, gpu: GpuDevice, versions: Readonly<Record<string, string>>): TfjsBackend => {
  const pool = new BufferPool(gpu.device);
  const backend = Object.assign(new webgpu.WebGPUBackend(gpu.device, gpu.info), { bufferManager: pool });
  // Otherwise small tensors are computed on the CPU.
  core.env().set('WEBGPU_CPU_FORWARD', false);
  const products = new Map(
    ['BatchMatMul', '_FusedMatMul'].map((name) => [
      name,
      withShader(core, webgpu, backend.thresholdToIncreaseWorkgroups, core.getKernel(name, 'webgpu').kernelFunc),
    ]),
  );
  return createTfjsBackend({
    name: 'tfjs-webgpu',
    capabilities: {
      state: 'device',
      stateCopies: 0,
      hides: HIDES,
      largestTensor: largestBinding(gpu.device.limits),
      device: gpu.description,
      versions,
    },
    lowerings: deterministic,
    device: {
      kernels: { backend, kernel: (name) => products.get(name) ?? core.getKernel(name, 'webgpu')?.kernelFunc },
      read: async ({ dataId, dtype }) => {
        const { resource, values } = backend.tensorMap.get(dataId);
        const array = dtype === 'int32' ? Int32Array : Float32Array;
        // Its own `read` would keep a copy in host memory as long as the tensor exists.
        return resource instanceof GPUBuffer ? new array(await backend.getBufferData(resource)) : array.from(values as Float32Array);
      },
      flush: () => {
        backend.ensureCommandEncoderReady();
        backend.endComputePassEncoder();
        backend.submitQueue();
        pool.endRun();
      },
      trouble: gpu.trouble,
      pooled: () => pool.numBytesAllocated - pool.numBytesUsed,
      close: async () => {
        backend.dispose();
        gpu.destroy();
      },
    },
  });
};
