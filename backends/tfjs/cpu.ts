/**
 * `tfjs-cpu`: tfjs's plain JavaScript kernels. Slow, and there everywhere.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import { createTfjsBackend, type TfjsBackend } from './backend.js';
import { lowerings } from './lowering.js';
import { fromPackages, versionsOf } from './packages.js';

const PACKAGES = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'] as const;

export const createTfjsCpu = (): TE.TaskEither<BackendError, TfjsBackend> =>
  fromPackages('tfjs-cpu', PACKAGES, async () => {
    const core = await import('@tensorflow/tfjs-core');
    const { MathBackendCPU } = await import('@tensorflow/tfjs-backend-cpu');
    // Else its first tensor prints an advertisement for tfjs-node.
    core.enableProdMode();
    const backend = new MathBackendCPU();
    const kernel = (name: string) => core.getKernel(name, 'cpu')?.kernelFunc;
    return createTfjsBackend({
      name: 'tfjs-cpu',
      capabilities: {
        state: 'host',
        device: 'CPU, one thread of JavaScript',
        versions: await versionsOf(PACKAGES),
      },
      lowerings,
      device: {
        kernels: { backend, kernel },
        // What it holds it gives away uncopied.
        read: async ({ dataId, dtype }) => (dtype === 'int32' ? Int32Array : Float32Array).from(backend.readSync(dataId) as Float32Array),
        flush: () => undefined,
        trouble: () => undefined,
        refuse: () => undefined,
        pooled: () => 0,
        close: async () => backend.dispose(),
      },
    });
  });
