/**
 * gelu(x) = √2·scaledGelu(x/√2): the two factors are then moved into the products before and after it (`factor-into-product.ts`), so that neither the
 * forward nor the backward pass multiplies activations by them (docs/decisions/0011).
 */
import type { Rewrite } from './rewrite.js';

export const geluInUnits: Rewrite = {
  says: 'GELU in units of √2',
  apply: (trace, { operation, inputs: [x] }) =>
    operation === 'gelu' && x !== undefined
      ? trace.mul(trace.scaledGelu(trace.mul(x, trace.scalar(1 / Math.SQRT2))), trace.scalar(Math.SQRT2))
      : undefined,
};
