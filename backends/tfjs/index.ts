/** The package `vcycle/backends/tfjs`: tfjs's backends in Node, for programs. */
import { opening } from '../../src/open-backend.js';
import * as cpu from './cpu-node.js';
import * as cuda from './cuda.js';
import * as node from './node.js';
import * as wasm from './wasm-node.js';
import * as webgpu from './webgpu-node.js';

export type * from '../../src/backend.js';
export type { OpenBackend } from '../../src/open-backend.js';
export type { Result } from '../../src/result.js';
export type { CudaOptions } from './cuda.js';
export type { TfjsNodeOptions } from './node.js';

/** `tfjs-cpu`. Fault: tfjs's packages are not installed. */
export const createTfjsCpu = opening(cpu.createTfjsCpu);
/** `tfjs-wasm`. Fault: tfjs's packages are not installed. */
export const createTfjsWasm = opening(wasm.createTfjsWasm);
/** `tfjs-webgpu`. Fault: tfjs's packages are not installed; no GPU, or no driver for it. */
export const createTfjsWebgpu = opening(webgpu.createTfjsWebgpu);
/** `tfjs-node`. Fault: TensorFlow is not set up (`vcycle setup tfjs-node`). */
export const createTfjsNode = opening(node.createTfjsNode);
/** `tfjs-cuda`. Fault: TensorFlow is not set up (`vcycle setup tfjs-cuda`); no NVIDIA GPU, unless `allowCpu` is given. */
export const createTfjsCuda = opening(cuda.createTfjsCuda);
