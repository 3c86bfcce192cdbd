/** The backends that work in a browser, by name. To add one: a row here, and what makes it in `backends.ts`. */
export const backendMenu = [
  // What works everywhere and is quick comes first.
  { name: 'onnx-wasm', describe: 'ONNX Runtime on the CPU', gpu: false },
  { name: 'onnx-webgpu', describe: 'ONNX Runtime on the GPU', gpu: true },
  { name: 'tfjs-webgpu', describe: 'tfjs on the GPU', gpu: true },
  { name: 'tfjs-wasm', describe: 'tfjs on the CPU, WebAssembly', gpu: false },
  { name: 'tfjs-cpu', describe: 'tfjs on the CPU, plain JavaScript; slow', gpu: false },
] as const;

export type BackendName = (typeof backendMenu)[number]['name'];

export const backendNames: readonly BackendName[] = backendMenu.map(({ name }) => name);
