/**
 * tfjs's backends in Node. (`createOnGpu` and `openGpuDevice` are for a browser, which brings its own `navigator.gpu`.)
 */
export type * from '../../src/backend.js';
export type { TfjsBackend } from './backend.js';
export { createTfjsCpu } from './cpu-node.js';
export { type CudaOptions, createTfjsCuda } from './cuda.js';
export { type GpuDevice, openGpuDevice } from './gpu-device.js';
export { createTfjsNode, type TfjsNodeOptions } from './node.js';
export { createTfjsWasm } from './wasm-node.js';
export { createOnGpu } from './webgpu.js';
export { createTfjsWebgpu } from './webgpu-node.js';
