/** What `onnx-cpu` can do, which is known without its runtime. Not here: the runtime (`cpu.ts`). */
import type { PlannedCapabilities } from '../../src/backend.js';
import { portableRewrites } from '../../src/program/rewrite/index.js';
import { threadsPhrase } from '../threads.js';
import { computedInPlace } from './in-place.js';
import { CPU_HIDES, supported } from './lowering.js';

/** @param threads that compute. */
export const onnxCpuCapabilities = (threads: number): PlannedCapabilities => ({
  operations: supported,
  precision: 'f32',
  rewrites: portableRewrites,
  state: 'host',
  stateCopies: 0,
  inPlace: computedInPlace,
  overhead: { process: 160e6, state: 2.2, step: 1.15, evaluation: 1.8 },
  hides: CPU_HIDES,
  device: threadsPhrase(threads),
});
