/**
 * Which Python runs the worker: the one that `VCYCLE_PYTHON` names, else that of the virtual environment that `vcycle setup torch` made. Not here:
 * making it (`install.ts`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Remedy } from '../../src/backend.js';
import { cacheFolder, NOTE } from '../setup/cache-folder.js';

/** What `vcycle setup torch` installs, and vcycle is tested with. */
export const TORCH_VERSION = '2.13.0';

/** The oldest that does. */
export const LEAST_TORCH = '2.6';

export interface TorchInstallation {
  readonly python: string;
  /** Where it comes from, for sentences. */
  readonly from: string;
}

export const torchFolder = (): string => join(cacheFolder(), `torch-${TORCH_VERSION}`);

const pythonIn = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

export interface TorchNote {
  /** As PyTorch says it: `2.13.0+cpu`. */
  readonly torch: string;
  /** Whether it can compute on an NVIDIA GPU at all. */
  readonly cuda: boolean;
}

/** What was set up; undefined where nothing is. */
export const torchNote = (): TorchNote | undefined => {
  const note = join(torchFolder(), NOTE);
  return existsSync(note) ? JSON.parse(readFileSync(note, 'utf8')) : undefined;
};

/** Where what torch.compile made is kept for the next time, unless the user says where. */
export const compiledFolder = (): string => process.env.TORCHINDUCTOR_CACHE_DIR || join(cacheFolder(), 'torch-compiled');

export const SETUP = 'vcycle setup torch';

/** Left: there is none. */
export const torchInstallation = (): E.Either<Remedy, TorchInstallation> => {
  const named = process.env.VCYCLE_PYTHON;
  if (named) return E.right({ python: named, from: `VCYCLE_PYTHON (${named})` });
  return torchNote() === undefined
    ? E.left({ missing: 'needs PyTorch, which is not set up (or name a Python that has it by VCYCLE_PYTHON)', command: SETUP })
    : E.right({ python: pythonIn(torchFolder()), from: torchFolder() });
};

export { pythonIn };
