/**
 * A loaded TensorFlow as a tfjs backend of vcycle. All backends of a process share it; their tensors do not meet. Not here: whether
 * it may be the CPU (`../cuda.ts`).
 */
import { createTfjsBackend, type TfjsBackend } from '../backend.js';
import { type LoweringTable, lowerings } from '../lowering.js';
import { type Installation, PACKAGE_VERSION, type TensorflowBackend, tensorflowPackages } from './installation.js';
import type { Tensorflow } from './load.js';

// _FusedMatMul is a product and a sum in tfjs's own scopes: `linear` is decomposed into just these.
const { linear: _, ...onCpu } = lowerings;
// On a GPU ScatterNd adds with atomics, in whatever order the threads come: the same step would not give the same bits twice.
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
      versions: { [tensorflowPackages[name]]: PACKAGE_VERSION, tensorflow },
    },
    lowerings: table,
    device: {
      kernels: { backend, kernel: (kernel) => core.getKernel(kernel, 'tensorflow')?.kernelFunc },
      // A tensor that no kernel has read yet gives away the array that it was made of.
      read: async ({ dataId, dtype }) => (dtype === 'int32' ? Int32Array : Float32Array).from(backend.readSync(dataId) as Float32Array),
      flush: () => undefined,
      trouble: () => undefined,
      refuse: () => undefined,
      pooled: () => 0,
      // The other backends of this process may be using it.
      close: async () => undefined,
    },
  });
};
