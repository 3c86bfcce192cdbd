/**
 * attention = flashAttention: for runtimes that have a fused kernel of it. Its gradient has one product more, and keeps no probabilities. Any other
 * runtime would compute the same from its parts, with that product for nothing: only backends that lower the operation ask for it. One
 * with a mask stays as it is.
 */
import type { Rewrite } from './rewrite.js';

export const attentionInOneKernel: Rewrite = {
  says: 'attention in one kernel',
  apply: (trace, { operation, inputs: [q, k, v, mask], attributes }) =>
    operation === 'attention' && q !== undefined && k !== undefined && v !== undefined && mask === undefined
      ? trace.flashAttention(q, k, v, attributes)
      : undefined,
};
