/** The cost of a GPT by published conventions: closed formulas of its sizes. Not here: what a convention is (`convention.ts`). */
import type { GptModel } from '../schedule/schedule.js';
import type { Convention, SequenceFlops } from './convention.js';
import type { Sized } from './family.js';
import { unitsOf } from './gpt-units.js';

/** As in most conventions: a backward pass costs two forward passes. */
const withBackward = (forward: number): SequenceFlops => ({ forward, training: 3 * forward });

/**
 * Matrix products of one block, forward, in FLOPs per sequence: the four projections of attention, its two products over all pairs of positions
 * (masked ones too), and the two of the feed-forward part.
 */
export const blockFlops = ({ context, width }: Sized<GptModel>): number =>
  2 * context * width * (4 * width + 2 * unitsOf({ width })) + 2 * (2 * context * context * width);

/** The head's matrix product, forward, in FLOPs per sequence. */
export const headFlops = ({ context, width, vocabulary }: Sized<GptModel>): number => 2 * context * width * vocabulary;

/**
 * 6N + 12LHQT per token (Chowdhery et al., 2022, appendix B) as nanoGPT counts it: N is the number of parameters (biases if there are any, the tied
 * head once) without the position embedding. A forward pass costs a third of it.
 */
const nanogpt: Convention<GptModel> = {
  name: 'nanogpt',
  cite: 'PaLM (Chowdhery et al. 2022), app. B, with N as in nanoGPT: 6N + 12LHQT a token, N without the position embedding',
  flops: ({ layers, context, width }, parameters) => {
    const counted = parameters - context * width;
    // H·Q = width.
    return withBackward(context * (2 * counted + 4 * layers * width * context));
  },
};

/** Everything in the table of Hoffmann et al. (2022), appendix F: the embedding as a product, and the softmax at 3 a score. */
const chinchilla: Convention<GptModel> = {
  name: 'chinchilla',
  cite: 'Chinchilla (Hoffmann et al. 2022), app. F: embedding and head as products, softmax at 3 a score',
  flops: (model) => {
    const { layers, context, heads } = model;
    const embedding = headFlops(model);
    const softmax = 3 * heads * context * context;
    return withBackward(embedding + layers * (blockFlops(model) + softmax) + headFlops(model));
  },
};

/**
 * N = 12·L·width² (no embeddings, no head, no norms or biases). Forward 2N + 2·L·T·width per token (equation 2.2); training 6N, since the paper omits
 * the part that grows with the context from its estimate of training compute (§2.1).
 */
const kaplan: Convention<GptModel> = {
  name: 'kaplan',
  cite: 'Kaplan et al. 2020, §2.1: N without embeddings and head; forward 2N + 2LTC a token, training 6N',
  flops: ({ layers, context, width }) => {
    const counted = 2 * width * layers * (2 * width + unitsOf({ width }));
    return { forward: context * (2 * counted + 2 * layers * context * width), training: context * 6 * counted };
  },
};

/**
 * Matrix products as PyTorch's counter sees them: two FLOPs per multiply-add, masked scores counted, everything else free; two products backward for
 * one forward. This is for unfused attention: the backward pass of a fused kernel counts one more product, which it recomputes.
 */
const flopCounterMode: Convention<GptModel> = {
  name: 'flopCounterMode',
  cite: 'PyTorch, torch.utils.flop_counter.FlopCounterMode: matrix products, attention written out',
  flops: (model) => withBackward(model.layers * blockFlops(model) + headFlops(model)),
};

export const gptConventions: readonly Convention<GptModel>[] = [nanogpt, chinchilla, kaplan, flopCounterMode];
