/**
 * Which Python runs the worker: the one that `VCYCLE_PYTHON` names, otherwise that of the virtual environment made by `vcycle setup torch`. Not here:
 * making that environment (`install.ts`).
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Remedy } from '../../src/backend.js';
import { cacheFolder, noteIn } from '../setup/cache-folder.js';

/** The version that `vcycle setup torch` installs and that vcycle is tested with. */
export const TORCH_VERSION = '2.13.0';

/** The oldest version that works. */
export const LEAST_TORCH = '2.6';

/** The oldest Python of that PyTorch, and that reads the worker's files. */
export const LEAST_PYTHON = '3.10';

export interface TorchInstallation {
  readonly python: string;
  /** Where this Python comes from, for messages. */
  readonly from: string;
}

export const torchFolder = (): string => join(cacheFolder(), `torch-${TORCH_VERSION}`);

const pythonIn = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

export interface TorchNote {
  /** The version as PyTorch reports it: `2.13.0+cpu`. */
  readonly torch: string;
  /** Whether this build supports NVIDIA GPUs. */
  readonly cuda: boolean;
}

/** What `vcycle setup torch` installed; undefined if it installed nothing, or if the Python that it used has been taken away. */
export const torchNote = (): TorchNote | undefined =>
  existsSync(pythonIn(torchFolder())) ? (noteIn(torchFolder()) as TorchNote | undefined) : undefined;

/** Where torch.compile caches what it compiled, unless the user's environment names another folder. */
export const compiledFolder = (): string => process.env.TORCHINDUCTOR_CACHE_DIR || join(cacheFolder(), 'torch-compiled');

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

export const SETUP = 'vcycle setup torch';

/** Left: no Python with PyTorch was set up. */
export const torchInstallation = (): E.Either<Remedy, TorchInstallation> => {
  const named = process.env.VCYCLE_PYTHON;
  if (named && isFolder(named))
    return E.left({
      missing: `needs a Python, and VCYCLE_PYTHON names a folder (was ${named}); name the program, as in ${pythonIn(named)}`,
    });
  if (named) return E.right({ python: named, from: `VCYCLE_PYTHON (${named})` });
  return torchNote() === undefined
    ? E.left({ missing: 'needs PyTorch, which is not set up (or name a Python that has it by VCYCLE_PYTHON)', command: SETUP })
    : E.right({ python: pythonIn(torchFolder()), from: torchFolder() });
};

export { pythonIn };
