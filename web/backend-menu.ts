/**
 * The backends that work in a browser, by name, each with the command line's backend (`src/cli/backends/registry.ts`) that computes the
 * same. To add one: a row here, and its construction in `registry.ts`.
 */
export const backendMenu = [
  // The one that works everywhere and is fast comes first.
  { name: 'onnx-wasm', onCommandLine: 'onnx-cpu', describe: 'ONNX Runtime on the CPU', gpu: false },
  { name: 'onnx-webgpu', onCommandLine: 'onnx-webgpu', describe: 'ONNX Runtime on the GPU', gpu: true },
  { name: 'tfjs-webgpu', onCommandLine: 'tfjs-webgpu', describe: 'tfjs on the GPU', gpu: true },
  { name: 'tfjs-wasm', onCommandLine: 'tfjs-wasm', describe: 'tfjs on the CPU, WebAssembly', gpu: false },
  { name: 'tfjs-cpu', onCommandLine: 'tfjs-cpu', describe: 'tfjs on the CPU, plain JavaScript; slow', gpu: false },
] as const;

export type BackendName = (typeof backendMenu)[number]['name'];

export const onCommandLine = (name: BackendName): string => backendMenu.find((row) => row.name === name)?.onCommandLine ?? name;

export const backendNames: readonly BackendName[] = backendMenu.map(({ name }) => name);
