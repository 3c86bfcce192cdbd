/** Where `vcycle setup` installs tfjs-node and tfjs-node-gpu, and its record of them. Not here: installing (`install.ts`), loading (`load.ts`). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type BackendError, unavailable } from '../../../src/backend.js';
import { cacheFolder, NOTE, noteIn } from '../../setup/cache-folder.js';

/** Backends that run on TensorFlow's C library: the npm package of each, and whether it is for NVIDIA GPUs. */
export const tensorflowPackages = {
  'tfjs-node': { npm: '@tensorflow/tfjs-node', forGpus: false },
  'tfjs-cuda': { npm: '@tensorflow/tfjs-node-gpu', forGpus: true },
} as const;

export type TensorflowBackend = keyof typeof tensorflowPackages;

export const isTensorflow = (backend: string): backend is TensorflowBackend => Object.hasOwn(tensorflowPackages, backend);

/** The version of both packages that vcycle is tested with. */
export const PACKAGE_VERSION = '4.22.0';

export interface Installation {
  /** The npm project that contains the package. */
  readonly folder: string;
  /** TensorFlow's own version, as its library reports it. */
  readonly tensorflow: string;
  /** Where the library came from: the package's own download, or a wheel of PyPI against which the binding was compiled. */
  readonly library: { readonly from: 'download' } | { readonly from: 'wheel'; readonly wheel: string };
  /** Whether it can compute on an NVIDIA GPU at all. */
  readonly cuda: boolean;
}

export const folderOf = (backend: TensorflowBackend): string => join(cacheFolder(), `${backend}-${PACKAGE_VERSION}`);
export const wheelFolder = (wheel: string): string => join(cacheFolder(), wheel);

/** What is installed; undefined where nothing is, or where a library that it needs is gone. */
export const installationOf = (backend: TensorflowBackend): Installation | undefined => {
  const folder = folderOf(backend);
  const noted = noteIn(folder) as Omit<Installation, 'folder'> | undefined;
  if (noted === undefined) return undefined;
  const whole = noted.library.from === 'download' || existsSync(join(wheelFolder(noted.library.wheel), NOTE));
  return whole ? { folder, ...noted } : undefined;
};

/** @param options of the command that sets it up: `--allow-cpu` */
export const requireInstallation = (backend: TensorflowBackend, ...options: readonly string[]): E.Either<BackendError, Installation> =>
  E.fromNullable(
    unavailable(backend, {
      missing: `needs ${tensorflowPackages[backend].npm}, which is not set up`,
      command: ['vcycle setup', ...options, backend].join(' '),
    }),
  )(installationOf(backend));
