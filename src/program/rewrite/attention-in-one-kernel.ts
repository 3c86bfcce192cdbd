/**
 * attention = flashAttention, for runtimes that have a fused kernel for it. Its gradient has one more product, and keeps no probabilities. Any other
 * runtime would decompose it and compute that product for nothing, so only backends that lower the operation ask for it. Attention with a mask is not
 * changed.
 */
import type { Rewrite } from './rewrite.js';

export const attentionInOneKernel: Rewrite = {
  says: 'attention in one kernel',
  apply: (trace, { operation, inputs: [q, k, v, mask], attributes }) =>
    operation === 'attention' && q !== undefined && k !== undefined && v !== undefined && mask === undefined
      ? trace.flashAttention(q, k, v, attributes)
      : undefined,
};
