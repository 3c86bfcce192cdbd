/**
 * The package `vcycle/backends/onnx`: ONNX Runtime's providers in Node, for programs.
 *
 * @example
 * const backend = await createOnnxCpu({ threads: 2 });
 * if (!backend.ok) console.error(backend.fault.message);
 */
import { opening } from '../../src/open-backend.js';
import * as cpu from './cpu.js';
import * as cuda from './cuda.js';
import * as webgpu from './webgpu-node.js';

export type * from '../../src/backend.js';
export type { OpenBackend } from '../../src/open-backend.js';
export type { Result } from '../../src/result.js';
export type { OnnxCpuOptions } from './cpu.js';

/** `onnx-cpu`. */
export const createOnnxCpu = opening(cpu.createOnnxCpu);
/** `onnx-cuda`. Fault: no NVIDIA GPU, or not all that it takes. */
export const createOnnxCuda = opening(cuda.createOnnxCuda);
/** `onnx-webgpu`. Fault: no GPU, or no driver for it. */
export const createOnnxWebgpu = opening(webgpu.createOnnxWebgpu);
