/**
 * crossEntropy(hidden·headᵀ, targets) = linearCrossEntropy(hidden, head, targets): where there are many logits they never exist as a whole, and where
 * the loss will be differentiated its gradients are computed in the same pass (docs/decisions/0019). A program with few logits is not changed.
 */
import { rowsOfChunk } from '../operations/linear-cross-entropy.js';
import { sizeOf } from '../program.js';
import type { Rewrite } from './rewrite.js';

export const headInChunks: Rewrite = {
  says: 'head and its loss in chunks of tokens',
  apply: (trace, { operation, inputs: [logits, targets] }) => {
    if (operation !== 'crossEntropy' || logits === undefined || targets === undefined) return undefined;
    const product = trace.producerOf(logits);
    if (product?.operation !== 'matmul' || trace.isShared(logits)) return undefined;
    const { transposeA, transposeB, alpha } = product.attributes;
    if (transposeA || !transposeB || alpha !== 1) return undefined;
    const { differentiated, mostLogits, logitsOfChunk } = trace.options;
    if (sizeOf(logits.type.shape) <= mostLogits) return undefined;
    const [hidden, head] = product.inputs.map((id) => trace.tensor(id));
    const [, vocabulary = 1] = logits.type.shape;
    if (hidden === undefined || head === undefined) return undefined;
    return trace.linearCrossEntropy(hidden, head, targets, { rows: rowsOfChunk(vocabulary, logitsOfChunk), gradients: differentiated })[0];
  },
};
