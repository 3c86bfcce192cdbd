/**
 * `tfjs-wasm`: tfjs's WebAssembly kernels, on SIMD where the machine has it; one thread in Node.
 */
import type { KernelBackend } from '@tensorflow/tfjs-core';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import { createTfjsBackend, type TfjsBackend } from './backend.js';
import { type Call, type LoweringTable, lowerings } from './lowering.js';
import { fromPackages, versionsOf } from './packages.js';

const PACKAGES = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'] as const;

// _FusedMatMul reads its bias's rank off the memory, not off the tensor, and so refuses a reshaped one: `linear` is decomposed.
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
 * tfjs's wasm kernels remember, in variables of their modules, the one instance that they were set up for. So a process has one, and
 * all backends of this kind share it; their tensors do not meet.
 */
let instance: Promise<Instance> | undefined;

const start = async (): Promise<Instance> => {
  const core = await import('@tensorflow/tfjs-core');
  const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  const factory: (() => KernelBackend | Promise<KernelBackend>) | null = core.findBackendFactory('wasm');
  if (factory === null) throw new Error('the package registered no backend');
  const backend = await factory();
  for (const { setupFunc } of core.getKernelsForBackend('wasm')) setupFunc?.(backend);
  return { backend, threads: getThreadsCount(), simd: await core.env().getAsync('WASM_HAS_SIMD_SUPPORT').then(Boolean) };
};

export const createTfjsWasm = (): TE.TaskEither<BackendError, TfjsBackend> =>
  fromPackages('tfjs-wasm', PACKAGES, async () => {
    const core = await import('@tensorflow/tfjs-core');
    instance ??= start();
    const { backend, threads, simd } = await instance;
    const kernel = (name: string) => core.getKernel(name, 'wasm')?.kernelFunc;
    return createTfjsBackend({
      name: 'tfjs-wasm',
      capabilities: {
        state: 'device',
        device: `CPU, WebAssembly${simd ? ' with SIMD' : ''}, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
        versions: await versionsOf(PACKAGES),
      },
      lowerings: wasmLowerings,
      device: {
        kernels: { backend, kernel },
        read: async ({ dataId }) => backend.readSync(dataId) as Float32Array | Int32Array,
        flush: () => undefined,
        trouble: () => undefined,
        refuse: () => undefined,
        pooled: () => 0,
        close: async () => undefined,
      },
    });
  });
