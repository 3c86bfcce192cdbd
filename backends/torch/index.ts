/** The package `vcycle/backends/torch`, for programs: `torch-cpu` runs vcycle's programs in a Python process of its own. */
import { opening } from '../../src/open-backend.js';
import * as cpu from './cpu.js';

export type * from '../../src/backend.js';
export type { OpenBackend } from '../../src/open-backend.js';
export type { Result } from '../../src/result.js';
export type { TorchCpuOptions } from './cpu.js';

/** `torch-cpu`. Fault: PyTorch is not set up (`vcycle setup torch`). */
export const createTorchCpu = opening(cpu.createTorchCpu);
