/**
 * LLaMA Pro, block expansion: Wu, Gan, Ge, Lu, Wang, Feng, Luo & Shan (2024), "LLaMA Pro: Progressive LLaMA with Block Expansion", ACL,
 * arXiv:2401.02415.
 *
 * Copies of blocks whose output products are zero, so that they are the identity, are put between those of a trained network; only the new ones are
 * trained, on other text, and what the network knew stays in the old ones.
 *
 * Reported (abstract): LLaMA Pro 8.3B, made from LLaMA2 7B for code and mathematics, is better than open models of the LLaMA family at general tasks,
 * programming and mathematics.
 * Changed for scale: a Llama of 6 layers × 128 on characters, with a new block after each, where the paper has one after four (32 layers and 8 new
 * ones); it is trained on the text that it was trained on. Ours: the lengths. `npm run zoo` makes the checkpoint.
 */
import { adamw, checkpoint, cosine, grow, llama, pipeline, train, zero } from 'vcycle';
import { common, size } from '../setting.js';

const setup = {
  ...common,
  model: llama({ layers: 6, ...size }),
  optimizer: adamw({ learningRate: cosine(1e-3) }),
  initial: checkpoint('runs/zoo-llama-6'),
};

export default pipeline(setup, grow(zero(2), { moments: 'reset' }), train(2000, { only: 'new' }));
