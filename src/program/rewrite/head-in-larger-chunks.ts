/**
 * The head and its loss in chunks of twice as many tokens: for a backend whose logits take half the bytes, where adding up the head's gradient chunk by
 * chunk takes longer than the logits' passes, which a larger chunk makes no faster (docs/decisions/0020).
 */
import { rowsOfChunk } from '../operations/linear-cross-entropy.js';
import type { Rewrite } from './rewrite.js';

export const headInLargerChunks: Rewrite = {
  says: 'chunks of the head twice as large',
  apply: (trace, { operation, inputs: [hidden, head, targets], attributes }) => {
    if (operation !== 'linearCrossEntropy' || hidden === undefined || head === undefined || targets === undefined) return undefined;
    const [vocabulary = 1] = head.type.shape;
    const { mostLogits } = trace.options;
    const rows = rowsOfChunk(vocabulary, 2 * mostLogits);
    if (attributes.rows !== rowsOfChunk(vocabulary, mostLogits) || rows === attributes.rows) return undefined;
    return trace.linearCrossEntropy(hidden, head, targets, { ...attributes, rows })[0];
  },
};
