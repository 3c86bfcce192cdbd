/**
 * The package entry `vcycle/backends/torch`: `torch-cpu` and `torch-cuda` run vcycle's programs with PyTorch, in a separate Python process.
 */
import { opening } from '../../src/open-backend.js';
import * as cpu from './cpu.js';
import * as cuda from './cuda.js';

export type * from '../../src/backend.js';
export type { OpenBackend } from '../../src/open-backend.js';
export type { Result } from '../../src/result.js';
export type { TorchOptions } from './create.js';

/** `torch-cpu`. Fault: PyTorch is not set up (`vcycle setup torch`), or the processor lacks a requested feature. */
export const createTorchCpu = opening(cpu.createTorchCpu);
/** `torch-cuda`. Fault: no NVIDIA GPU, or no PyTorch that can use it. */
export const createTorchCuda = opening(cuda.createTorchCuda);
