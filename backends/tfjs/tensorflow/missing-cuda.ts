/**
 * Why TensorFlow finds no GPU although the machine has one with its driver: the first missing thing, by name. TensorFlow itself silently continues on
 * the CPU.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Remedy } from '../../../src/backend.js';
import { whyNotOpened } from '../../machine/shared-library.js';
import { type Installation, wheelFolder } from './installation.js';

/** The libraries that TensorFlow opens when it first needs a GPU: for CUDA 12 (its wheels), and for CUDA 11 (the package's own download). */
const LIBRARIES = {
  wheel: ['cudart.so.12', 'cublas.so.12', 'cublasLt.so.12', 'cufft.so.11', 'cusolver.so.11', 'cusparse.so.12', 'cudnn.so.9'],
  download: ['cudart.so.11.0', 'cublas.so.11', 'cublasLt.so.11', 'cufft.so.10', 'cusolver.so.11', 'cusparse.so.11', 'cudnn.so.8'],
} as const;

const AGAIN = 'vcycle setup --again tfjs-cuda';

/** The library folders of a wheel. */
const bundled = ({ library }: Installation): readonly string[] => {
  if (library.from === 'download') return [];
  const folder = join(wheelFolder(library.wheel), 'nvidia');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'lib')) : [];
};

export const missingForCuda = (installation: Installation): Remedy => {
  if (!installation.cuda) return { missing: 'its TensorFlow was set up for the CPU', command: AGAIN };
  const folders = bundled(installation);
  const missing = LIBRARIES[installation.library.from]
    .map((name) => `lib${name}`)
    .filter((name) => !folders.some((folder) => existsSync(join(folder, name))) && whyNotOpened(name) !== undefined);
  if (missing.length > 0) return { missing: `CUDA's ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`, command: AGAIN };
  return { missing: `TensorFlow ${installation.tensorflow} accepts none of this machine's GPUs`, command: AGAIN };
};
