/**
 * SOLAR, depth up-scaling: Kim, Kim, Kim, Park et al. (2023), "SOLAR 10.7B: Scaling Large Language Models with Simple yet Effective Depth
 * Up-Scaling", arXiv:2312.15166.
 *
 * A trained network of n layers becomes two overlapping copies: the first n − m layers, and above them the last n − m; then all of it is trained
 * further. For n = 32 and m = 8 that is the block of the n − 2m central layers once more, 48 layers in all.
 *
 * Reported (abstract): 10.7 billion parameters; its variant for instructions surpasses Mixtral-8x7B-Instruct.
 * Changed for scale: a Llama of 8 layers × 128 on characters and m = 2, so 12 layers, in the place of Mistral 7B's weights; it is trained further on
 * the text that it was trained on. Ours: the lengths; moments begin at zero. `npm run zoo` makes the checkpoint.
 */
import { adamw, central, checkpoint, cosine, grow, llama, pipeline, train } from 'vcycle';
import { common, size } from '../setting.js';

const setup = {
  ...common,
  model: llama({ layers: 8, ...size }),
  optimizer: adamw({ learningRate: cosine(1e-3) }),
  initial: checkpoint('runs/zoo-llama-8'),
};

export default pipeline(setup, grow(central(4), { moments: 'reset' }), train(2000));
