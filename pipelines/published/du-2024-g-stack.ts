/**
 * G_stack: Du, Luo, Qiu, Huang, Shen, Cheng, Guo & Fu (2024), "Stacking Your Transformers: A Closer Look at Model Growth for Efficient LLM
 * Pre-Training", NeurIPS, arXiv:2405.15319.
 *
 * A small model is trained for a short while and stacked at once, with growth factor 4.
 *
 * Reported (abstract): a 7B model reaches with 194B tokens the loss of 300B tokens of conventional training, a speedup of 54.6 %.
 * Changed for scale: 3 layers to 12, × 128, on characters. Ours: that a tenth of the steps come before the growth; moments of the layers begin
 * again (those of embeddings, final norm and head continue).
 */
import { adamw, cosine, gpt, grow, pipeline, stack, train } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 3, ...size }), optimizer: adamw({ learningRate: cosine(1e-3, { rewarm: 50 }) }) };

export default pipeline(setup, train(200), grow(stack(4), { moments: 'reset' }), train(1800));
