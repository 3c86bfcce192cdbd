/** `onnx-wasm`: ONNX Runtime's CPU provider compiled to WebAssembly, for browsers. The caller provides the package, `onnxruntime-web`. */
import type { Backend } from '../../src/backend.js';
import { createOnnxBackend } from './backend.js';
import { CPU_HIDES, lowerings } from './lowering.js';
import type { OnnxRuntime } from './runtime.js';

export const createOnWasm = (
  runtime: OnnxRuntime,
  { threads, versions }: { readonly threads: number; readonly versions: Readonly<Record<string, string>> },
): Backend =>
  createOnnxBackend({
    name: 'onnx-wasm',
    runtime,
    capabilities: {
      state: 'host',
      stateCopies: 2,
      hides: CPU_HIDES,
      device: `CPU, WebAssembly, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
      versions,
    },
    lowerings,
    session: () => ({ executionProviders: ['wasm'], graphOptimizationLevel: 'disabled', enableMemPattern: false, logSeverityLevel: 3 }),
  });
