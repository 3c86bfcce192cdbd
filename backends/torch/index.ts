/**
 * PyTorch as an engine: `torch-cpu` runs vcycle's programs in a Python process of its own.
 */
export type * from '../../src/backend.js';
export { createTorchCpu, type TorchCpuOptions } from './cpu.js';
