/**
 * Why TensorFlow sees no GPU: the first thing that is missing on the way to one, by name. TensorFlow itself goes on with the CPU and
 * says nothing.
 */
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Installation, wheelFolder } from './installation.js';

const DRIVER = 'libcuda.so.1';

/** What TensorFlow opens when it first needs a GPU: for CUDA 12 (its wheels), and for CUDA 11 (the package's own download). */
const LIBRARIES = {
  wheel: ['cudart.so.12', 'cublas.so.12', 'cublasLt.so.12', 'cufft.so.11', 'cusolver.so.11', 'cusparse.so.12', 'cudnn.so.9'],
  download: ['cudart.so.11.0', 'cublas.so.11', 'cublasLt.so.11', 'cufft.so.10', 'cusolver.so.11', 'cusparse.so.11', 'cudnn.so.8'],
} as const;

/** Why the system's loader does not open the library; undefined when it does. (Node then only misses an addon in it.) */
export const whyNotOpened = (library: string): string | undefined => {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_LAZY);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return /cannot open shared object file|undefined symbol|version .* not found|invalid ELF/.test(message) ? message : undefined;
  }
};

/** The folders of libraries that came with a wheel. */
const bundled = ({ library }: Installation): readonly string[] => {
  if (library.from === 'download') return [];
  const folder = join(wheelFolder(library.wheel), 'nvidia');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'lib')) : [];
};

export const missingForCuda = (installation: Installation): string => {
  if (process.platform !== 'linux') return `TensorFlow computes on NVIDIA GPUs under Linux alone (was ${process.platform})`;
  if (whyNotOpened(DRIVER) !== undefined) return `the library ${DRIVER} of NVIDIA's driver is missing; install the driver`;
  if (!existsSync('/dev/nvidiactl') && !existsSync('/dev/dxg')) return 'there is no NVIDIA device (/dev/nvidiactl is missing)';
  if (!installation.cuda) return 'its TensorFlow was set up for the CPU; run vcycle setup --again tfjs-cuda';
  const folders = bundled(installation);
  const missing = LIBRARIES[installation.library.from]
    .map((name) => `lib${name}`)
    .filter((name) => !folders.some((folder) => existsSync(join(folder, name))) && whyNotOpened(name) !== undefined);
  if (missing.length > 0)
    return `CUDA's ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; run vcycle setup --again tfjs-cuda`;
  return `TensorFlow ${installation.tensorflow} accepts none of this machine's GPUs; run vcycle setup --again tfjs-cuda`;
};
