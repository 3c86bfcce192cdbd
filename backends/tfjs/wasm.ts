/**
 * `tfjs-wasm`: tfjs's WebAssembly kernels, with SIMD where the machine has it; one thread in Node. Not here: where the packages come from
 * (`wasm-node.ts`).
 */
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { atOnce, createTfjsBackend, type TfjsBackend } from './backend.js';
import { type Call, type LoweringTable, lowerings } from './lowering.js';

type Core = typeof import('@tensorflow/tfjs-core');
type Wasm = typeof import('@tensorflow/tfjs-backend-wasm');

// _FusedMatMul reads its bias's rank from the memory, not from the tensor, and so refuses a reshaped one: `linear` is decomposed.
const { linear: _, ...withoutLinear } = lowerings;

const wasmLowerings: LoweringTable = {
  ...withoutLinear,
  // OneHot writes whole numbers, whatever type it was asked for.
  oneHot: {
    kernels: ['OneHot', 'Cast'],
    lower: ({ scope, inputs: [indices], node: { attributes } }: Call<'oneHot'>) => {
      if (indices === undefined) throw new Error('operand 0 is missing');
      const whole = scope.call('OneHot', { indices }, { dtype: 'int32', depth: attributes.depth, onValue: 1, offValue: 0 });
      return [scope.call('Cast', { x: whole }, { dtype: 'float32' })];
    },
  },
};

interface Instance {
  readonly backend: KernelBackend;
  readonly threads: number;
  readonly simd: boolean;
}

/**
 * tfjs's wasm kernels keep, in module variables, the single instance that they were set up for. So a process has one, and all backends of this kind
 * share it, but not their tensors.
 */
let instance: Promise<Instance> | undefined;

const start = async (core: Core, { getThreadsCount }: Wasm): Promise<Instance> => {
  const factory: (() => KernelBackend | Promise<KernelBackend>) | null = core.findBackendFactory('wasm');
  if (factory === null) throw new Error('the package registered no backend');
  const backend = await factory();
  for (const { setupFunc } of core.getKernelsForBackend('wasm')) setupFunc?.(backend);
  return { backend, threads: getThreadsCount(), simd: await core.env().getAsync('WASM_HAS_SIMD_SUPPORT').then(Boolean) };
};

export const createOnWasm = async (core: Core, wasm: Wasm, versions: Readonly<Record<string, string>>): Promise<TfjsBackend> => {
  instance ??= start(core, wasm);
  const { backend, threads, simd } = await instance.catch((error: unknown) => {
    // The next call tries again: the failure may have been a download.
    instance = undefined;
    throw error;
  });
  return createTfjsBackend({
    name: 'tfjs-wasm',
    capabilities: {
      state: 'device',
      stateCopies: 0,
      // The minimum of a number and NaN is the number.
      hides: new Set(['minimum'] as const),
      device: `CPU, WebAssembly${simd ? ' with SIMD' : ''}, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
      versions,
    },
    lowerings: wasmLowerings,
    device: {
      ...atOnce,
      kernels: { backend, kernel: (name) => core.getKernel(name, 'wasm')?.kernelFunc },
      read: async ({ dataId }) => backend.readSync(dataId) as Float32Array | Int32Array,
    },
  });
};
