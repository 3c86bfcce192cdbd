/** The cost of a Llama-shaped model by published conventions: closed formulas of its sizes. Not here: what a convention is (`convention.ts`). */
import type { LlamaModel } from '../schedule/schedule.js';
import type { Convention, SequenceFlops } from './convention.js';
import type { Sized } from './family.js';
import { keyValueWidthOf } from './llama-sizes.js';

type Llama = Sized<LlamaModel>;

/** As in most conventions: a backward pass costs two forward passes. */
const withBackward = (forward: number): SequenceFlops => ({ forward, training: 3 * forward });

/** Elements of the matrices of one block: queries and output, keys and values, the three of SwiGLU. */
const blockWeights = (model: LlamaModel): number =>
  2 * model.width * model.width + 2 * model.width * keyValueWidthOf(model) + 3 * model.width * model.hidden;

/** Matrix products of one block, forward, in FLOPs per sequence: with its matrices, and attention's two over all pairs of positions. */
const blockFlops = (model: LlamaModel): number =>
  2 * model.context * blockWeights(model) + 2 * (2 * model.context * model.context * model.width);

/** The head's matrix product, forward, in FLOPs per sequence. */
const headFlops = ({ context, width, vocabulary }: Llama): number => 2 * context * width * vocabulary;

/**
 * 6N + 12LHQT per token (Chowdhery et al., 2022, appendix B) as nanoGPT counts it: N is the number of parameters, the head once: a table that is only
 * looked up is not counted. A forward pass costs a third of it.
 */
const nanogpt: Convention<LlamaModel> = {
  name: 'nanogpt',
  cite: 'PaLM (Chowdhery et al. 2022), app. B, with N as in nanoGPT: 6N + 12LHQT a token, N without an embedding that is only looked up',
  flops: ({ layers, context, width, vocabulary, tied }, parameters) => {
    const counted = parameters - (tied ? 0 : vocabulary * width);
    // H·Q = width.
    return withBackward(context * (2 * counted + 4 * layers * width * context));
  },
};

/** Everything in the table of Hoffmann et al. (2022), appendix F: the embedding as a product, and the softmax at 3 a score. */
const chinchilla: Convention<LlamaModel> = {
  name: 'chinchilla',
  cite: 'Chinchilla (Hoffmann et al. 2022), app. F: embedding and head as products, softmax at 3 a score',
  flops: (model) => {
    const softmax = 3 * model.heads * model.context * model.context;
    return withBackward(headFlops(model) + model.layers * (blockFlops(model) + softmax) + headFlops(model));
  },
};

/**
 * N of the blocks' matrices alone. Forward 2N + 2·L·T·width per token (equation 2.2); training 6N, since the paper omits the part that grows with the
 * context from its estimate of training compute (§2.1).
 */
const kaplan: Convention<LlamaModel> = {
  name: 'kaplan',
  cite: 'Kaplan et al. 2020, §2.1: N without embeddings and head; forward 2N + 2LTC a token, training 6N',
  flops: (model) => {
    const { layers, context, width } = model;
    const counted = layers * blockWeights(model);
    return { forward: context * (2 * counted + 2 * layers * context * width), training: context * 6 * counted };
  },
};

/** Matrix products as PyTorch's counter sees them, attention not fused (its fused kernel counts one more product backward). */
const flopCounterMode: Convention<LlamaModel> = {
  name: 'flopCounterMode',
  cite: 'PyTorch, torch.utils.flop_counter.FlopCounterMode: matrix products, attention written out',
  flops: (model) => withBackward(model.layers * blockFlops(model) + headFlops(model)),
};

export const llamaConventions: readonly Convention<LlamaModel>[] = [nanogpt, chinchilla, kaplan, flopCounterMode];
