/**
 * Layer-wise middle stacking (LIDAS): Kapl, Angelis, Höppe, Maile, von Oswald, Scherrer & Bauer (2025), "Do Depth-Grown Models Overcome the Curse of
 * Depth? An In-Depth Analysis", arXiv:2512.08819.
 *
 * As MIDAS, but the block that is copied lies around the middle layer, wherever blocks end; the copies inherit weights and the optimizer's state.
 *
 * Reported (abstract): further improvements over MIDAS in downstream reasoning benchmarks, for SmolLM-v1 of 360M and 1.7B parameters.
 * Changed for scale: blocks of 4 layers, 4 to 12 in three stages, × 128, on characters. Ours: stages about as long as they are deep. We could read the
 * paper's abstract and descriptions of its method, which say which layers are copied; that the copy follows them, as in MIDAS, is our reading.
 */
import { adamw, central, cosine, gpt, grow, pipeline, train } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 4, ...size }), optimizer: adamw({ learningRate: cosine(1e-3) }) };
const deeper = grow(central(4));

export default pipeline(setup, train(340), deeper, train(660), deeper, train(1000));
