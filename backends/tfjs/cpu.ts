/** `tfjs-cpu`: tfjs's plain JavaScript kernels. Slow, but available everywhere. Not here: where the packages come from (`cpu-node.ts`). */
import { atOnce, createTfjsBackend, type TfjsBackend } from './backend.js';
import { lowerings } from './lowering.js';

type Core = typeof import('@tensorflow/tfjs-core');
type Cpu = typeof import('@tensorflow/tfjs-backend-cpu');

export const createOnCpu = (core: Core, { MathBackendCPU }: Cpu, versions: Readonly<Record<string, string>>): TfjsBackend => {
  // Otherwise its first tensor prints an advertisement for tfjs-node.
  core.enableProdMode();
  const backend = new MathBackendCPU();
  return createTfjsBackend({
    name: 'tfjs-cpu',
    capabilities: { state: 'host', stateCopies: 0, device: 'CPU, one thread of JavaScript', versions },
    lowerings,
    device: {
      ...atOnce,
      kernels: { backend, kernel: (name) => core.getKernel(name, 'cpu')?.kernelFunc },
      // Its `read` returns its own array, without a copy.
      read: async ({ dataId, dtype }) => (dtype === 'int32' ? Int32Array : Float32Array).from(backend.readSync(dataId) as Float32Array),
      close: async () => backend.dispose(),
    },
  });
};
