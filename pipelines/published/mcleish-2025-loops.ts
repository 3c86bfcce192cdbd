/**
 * A curriculum of recurrences (recurrence growth): McLeish, Li, Kirchenbauer, Kalra, Bartoldson, Kailkhura, Schwarzschild, Geiping, Goldstein & Goldblum
 * (2025), "Teaching Pretrained Language Models to Think Deeper with Retrofitted Recurrence", arXiv:2511.07384. The network, a block of layers that is
 * applied several times with the same weights: Saunshi, Dikkala, Li, Kumar & Reddi (2025), "Reasoning with Latent Thoughts: On the Power of Looped
 * Transformers", ICLR, arXiv:2502.17416.
 *
 * The same layers are applied once, then twice, then four times: the network becomes deeper, and no larger.
 *
 * Reported (abstracts): a curriculum of recurrences preserves performance while it reduces the cost of training (McLeish et al., who give recurrence to
 * pretrained models); k layers applied L times nearly match k·L layers on reasoning (Saunshi et al., (k⊗L)).
 * Changed for scale: 3 layers of width 128, on characters, from the beginning and not from a pretrained model; all layers are applied again, without
 * layers before and after the block. Ours: 1, 2 and 4 times, stages of 600, 600 and 800 steps; h/2 with each growth, where the papers keep 1.
 */
import { adamw, cosine, gpt, grow, loop, pipeline, train } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 3, ...size }), optimizer: adamw({ learningRate: cosine(1e-3) }) };
const deeper = grow(loop(2));

export default pipeline(setup, train(600), deeper, train(600), deeper, train(800));
