/**
 * A loaded TensorFlow as a tfjs backend of vcycle. All backends of a process share it, but not their tensors. Not here: whether it may be the CPU
 * (`./cuda.ts`).
 */
import { atOnce, createTfjsBackend, type TfjsBackend } from './backend.js';
import { type Call, type LoweringTable, lowerings } from './lowering.js';
import { type Installation, PACKAGE_VERSION, type TensorflowBackend, tensorflowPackages } from './tensorflow/installation.js';
import type { Tensorflow } from './tensorflow/load.js';

// _FusedMatMul is a product and a sum in tfjs's own scopes: `linear` is decomposed into exactly these.
const { linear: _, ...withoutLinear } = lowerings;

const onCpu: LoweringTable = {
  ...withoutLinear,
  // SplitV mistakes the tensor for its type, which then is unknown.
  split: {
    kernels: ['Slice'],
    lower: ({ scope, inputs: [x], node: { attributes } }: Call<'split'>) => {
      if (x === undefined) throw new Error('operand 0 is missing');
      const { axis, sizes } = attributes;
      return sizes.map((size, index) => {
        const begin = sizes.slice(0, index).reduce((sum, before) => sum + before, 0);
        const at = <A>(there: A, elsewhere: (axis: number) => A): A[] =>
          x.shape.map((_, other) => (other === axis ? there : elsewhere(other)));
        return scope.call('Slice', { x }, { begin: at(begin, () => 0), size: at(size, (other) => x.shape[other] ?? 0) });
      });
    },
  },
};
// On a GPU ScatterNd adds with atomics, in any order of the threads: the same step would not give the same bits twice.
const { scatterAdd: __, ...onGpu } = onCpu;

export const onTensorflow = (
  name: TensorflowBackend,
  { core, backend }: Tensorflow,
  { tensorflow }: Installation,
  device: string,
): TfjsBackend => {
  const table: LoweringTable = backend.isUsingGpuDevice ? onGpu : onCpu;
  return createTfjsBackend({
    name,
    capabilities: {
      state: 'device',
      stateCopies: 0,
      device,
      versions: { [tensorflowPackages[name].npm]: PACKAGE_VERSION, tensorflow },
    },
    lowerings: table,
    device: {
      ...atOnce,
      kernels: { backend, kernel: (kernel) => core.getKernel(kernel, 'tensorflow')?.kernelFunc },
      // A tensor that no kernel has read yet returns the very array from which it was created.
      read: async ({ dataId, dtype }) => (dtype === 'int32' ? Int32Array : Float32Array).from(backend.readSync(dataId) as Float32Array),
    },
  });
};
