/** From hidden states [rows, width] and the head's matrix [vocabulary, width] to logits, and to the loss of language models. */
import type { Tensor, Trace } from '../program/types/trace.js';

/** [rows, vocabulary] */
export const logitsOf = (trace: Trace, hidden: Tensor, head: Tensor): Tensor => trace.matmul(hidden, head, { transposeB: true });

/** Mean cross-entropy of the tokens that follow, i32 [rows], in nats; a scalar. */
export const nextTokenLoss = (trace: Trace, hidden: Tensor, head: Tensor, targets: Tensor): Tensor =>
  trace.crossEntropy(logitsOf(trace, hidden, head), targets);
