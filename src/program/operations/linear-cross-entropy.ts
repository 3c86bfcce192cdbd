/**
 * The head of a language model and its loss in one: mean cross-entropy, in nats, of the logits hidden · headᵀ against target tokens, computed in
 * chunks of tokens, so that the logits [n, vocabulary] never exist as a whole. With `gradients` it also returns d(loss)/d(hidden) and d(loss)/d(head)
 * from the same pass, while a chunk's probabilities exist: no product is computed a second time. The one-hot part of (softmax − one-hot)/n is rows
 * gathered from the head and rows scattered into its gradient.
 *
 * After Liger Kernel (Hsu et al., 2024), which computes the gradients in the forward pass too.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sameShape, type TensorType } from '../types/tensor-type.js';
import type { Tensor } from '../types/trace.js';
import { cotangentOfFirst, type Operation } from './operation.js';

export interface LinearCrossEntropyAttributes {
  /** Tokens per chunk; the last one may have fewer. */
  readonly rows: number;
  /** Whether the gradients are returned, too. */
  readonly gradients: boolean;
}

/** The number of tokens of each chunk, in order. */
const chunksOf = (tokens: number, rows: number): readonly number[] =>
  Array.from({ length: Math.ceil(tokens / rows) }, (_, chunk) => Math.min(rows, tokens - chunk * rows));

const fits = ([hidden, head, targets]: readonly TensorType[]): boolean =>
  hidden?.dtype === 'f32' &&
  hidden.shape.length === 2 &&
  head?.dtype === 'f32' &&
  head.shape.length === 2 &&
  head.shape[1] === hidden.shape[1] &&
  targets?.dtype === 'i32' &&
  sameShape(targets.shape, hidden.shape.slice(0, 1));

/** (hidden [n, width], head [vocabulary, width], targets i32 [n]) → loss [], and with `gradients` those of hidden and of head */
export const linearCrossEntropy: Operation<LinearCrossEntropyAttributes> = {
  shape: (inputs, { rows, gradients }) => {
    if (!fits(inputs)) return E.left('takes hidden states [n, width], a head [vocabulary, width] and i32 targets [n]');
    if (!(Number.isInteger(rows) && rows >= 1)) return E.left('takes at least one token a chunk');
    return E.right([{ dtype: 'f32', shape: [] }, ...(gradients ? inputs.slice(0, 2) : [])]);
  },
  gradient: ({ trace, inputs: [hidden, head, targets], outputs, attributes, cotangents }) => {
    const cotangent = cotangentOfFirst('linearCrossEntropy', cotangents);
    if (hidden === undefined || head === undefined || targets === undefined || cotangent === undefined) return [];
    const given = attributes.gradients ? outputs : trace.linearCrossEntropy(hidden, head, targets, { ...attributes, gradients: true });
    return [...given.slice(1).map((own) => trace.mul(own, cotangent)), undefined];
  },
  // Two per multiply-add of the logits, and of each gradient; six per logit for the loss as in `crossEntropy`; one per logit for its probability; one
  // per element of the head for every chunk that is added to its gradient; two per element of the hidden states for the rows of targets.
  flops: ([hidden, head], _, { rows, gradients }) => {
    const [n = 0, width = 0] = hidden?.shape ?? [];
    const [vocabulary = 0] = head?.shape ?? [];
    const logits = n * vocabulary;
    return {
      ...noFlops,
      matmul: 2 * logits * width * (gradients ? 3 : 1),
      softmax: 6 * logits,
      elementwise: gradients ? logits + chunksOf(n, rows).length * vocabulary * width + 2 * n * width : 0,
    };
  },
  decompose: (trace, [hidden, head, targets], { rows, gradients }) => {
    if (hidden === undefined || head === undefined || targets === undefined) return [];
    const [n = 1] = hidden.type.shape;
    const [vocabulary = 1] = head.type.shape;
    const sizes = chunksOf(n, rows);
    const [hiddens, wanted] = [trace.split(hidden, 0, sizes), trace.split(targets, 0, sizes)];
    const losses: Tensor[] = [];
    let headGradient: Tensor | undefined;
    const hiddenGradients: Tensor[] = [];
    for (const [chunk, part] of hiddens.entries()) {
      const rowsOfTargets = trace.gather(head, wanted[chunk] as Tensor);
      const logits = trace.matmul(part, head, { transposeB: true });
      const most = trace.max(logits, [1]);
      const exponentials = trace.exp(trace.sub(logits, most));
      const total = trace.sum(exponentials, [1]);
      // −log p = log Σ exp(logit − most) + most − logit of the target
      const surprise = trace.sub(trace.add(trace.log(total), most), trace.sum(trace.mul(part, rowsOfTargets), [1]));
      losses.push(trace.sum(surprise, [0]));
      if (!gradients) continue;
      // softmax = exponentials / total, row by row: a factor of the narrow operand or of the result saves a pass over the logits.
      const share = trace.div(trace.scalar(1 / n), total);
      const own = trace.mul(trace.matmul(exponentials, head), share);
      hiddenGradients.push(trace.sub(own, trace.mul(rowsOfTargets, trace.scalar(1 / n))));
      const ofHead = trace.matmul(exponentials, trace.mul(part, share), { transposeA: true });
      headGradient = headGradient === undefined ? ofHead : trace.add(headGradient, ofHead);
    }
    const mean = trace.reshape(trace.mul(trace.sum(trace.concat(losses, 0), [0]), trace.scalar(1 / n)), []);
    if (headGradient === undefined) return [mean];
    const scattered = trace.scatterAdd(trace.mul(hidden, trace.scalar(1 / n)), targets, vocabulary);
    return [mean, trace.concat(hiddenGradients, 0), trace.sub(headGradient, scattered)];
  },
};

/**
 * The number of tokens per chunk, such that its logits are at most this many: a power of two, since products are fastest on those.
 *
 * @example
 * rowsOfChunk(50257, 2 ** 24) // 256
 */
export const rowsOfChunk = (vocabulary: number, most: number): number =>
  2 ** Math.max(0, Math.floor(Math.log2(most / Math.max(1, vocabulary))));
