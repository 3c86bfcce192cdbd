/**
 * Mean cross-entropy of logits against target tokens, in nats, through log-softmax. Also returns the log-probabilities, which its gradient reads. Six
 * FLOPs per logit, counted as softmax.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sameShape, sizeOf } from '../types/tensor-type.js';
import type { NoAttributes } from './elementwise.js';
import { cotangentOfFirst, type Operation } from './operation.js';

/** (logits [n, vocabulary], targets i32 [n]) → loss [], log-probabilities [n, vocabulary] */
export const crossEntropy: Operation<NoAttributes> = {
  shape: ([logits, targets]) =>
    logits?.dtype === 'f32' && logits.shape.length === 2 && targets?.dtype === 'i32' && sameShape(targets.shape, logits.shape.slice(0, 1))
      ? E.right([{ dtype: 'f32', shape: [] }, logits])
      : E.left('takes logits [n, vocabulary] and i32 targets [n]'),
  // d(loss)/d(logits) = (softmax − one-hot)/n
  gradient: ({ trace, inputs: [logits, targets], outputs: [, logProbabilities], cotangents }) => {
    const cotangent = cotangentOfFirst('crossEntropy', cotangents);
    if (logits === undefined || targets === undefined || logProbabilities === undefined || cotangent === undefined) return [];
    const [n = 1, vocabulary = 1] = logits.type.shape;
    const difference = trace.sub(trace.exp(logProbabilities), trace.oneHot(targets, vocabulary));
    return [trace.mul(difference, trace.mul(cotangent, trace.scalar(1 / n))), undefined];
  },
  flops: ([logits]) => ({ ...noFlops, softmax: logits === undefined ? 0 : 6 * sizeOf(logits.shape) }),
  decompose: (trace, [logits, targets]) => {
    if (logits === undefined || targets === undefined) return [];
    const [n = 1, vocabulary = 1] = logits.type.shape;
    const shifted = trace.sub(logits, trace.max(logits, [1]));
    const logProbabilities = trace.sub(shifted, trace.log(trace.sum(trace.exp(shifted), [1])));
    const chosen = trace.sum(trace.mul(logProbabilities, trace.oneHot(targets, vocabulary)), [0, 1]);
    return [trace.reshape(trace.mul(chosen, trace.scalar(-1 / n)), []), logProbabilities];
  },
};
