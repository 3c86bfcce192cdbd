/**
 * How far a backend may be from the float64 reference, by the precision that it says it computes in. All of it is here, so that no
 * backend gets a tolerance of its own. Bounds are absolute + relative·(largest magnitude of the tensor).
 */
import type { Capabilities } from '../../src/backend.js';

export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

export interface Tolerances {
  /** One operation on a handful of numbers. */
  readonly operation: Tolerance;
  /** Loss, gradients and updates of one training step of a tiny model. */
  readonly step: Tolerance;
  /** Each loss of 30 training steps, errors piling up. */
  readonly trajectory: Tolerance;
}

export const tolerances: Readonly<Record<Capabilities['precision'], Tolerances>> = {
  f32: {
    operation: { relative: 2e-6, absolute: 1e-6 },
    step: { relative: 2e-5, absolute: 1e-7 },
    trajectory: { relative: 2e-4, absolute: 0 },
  },
  // Operands of products have 8 bits, and so have products on the CPU; all else is f32.
  bf16: {
    operation: { relative: 1e-2, absolute: 1e-6 },
    // A gradient is a difference of such products: of a key's bias it is nothing but their rounding.
    step: { relative: 1e-1, absolute: 5e-4 },
    trajectory: { relative: 2e-2, absolute: 0 },
  },
  f64: {
    operation: { relative: 1e-11, absolute: 1e-12 },
    step: { relative: 1e-11, absolute: 1e-13 },
    trajectory: { relative: 1e-10, absolute: 0 },
  },
};
