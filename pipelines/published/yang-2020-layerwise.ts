/**
 * Multi-stage layerwise training (MSLT): Yang, Wang, Yang, Li, He & Zhang (2020), "Progressively Stacking 2.0: A Multi-stage Layerwise
 * Training Method for BERT Training Speedup", arXiv:2011.13635.
 *
 * New layers are added on top, and only they are trained: the backward pass ends below them. All layers train together at the end.
 *
 * Reported (abstract): a speedup of more than 110 % without significant loss of performance.
 * Changed for scale: a GPT of 3 to 12 layers × 128 on characters in place of BERT. Ours: the lengths; new layers are copies of the topmost three,
 * whose moments begin at zero.
 */
import { adamw, cosine, gpt, grow, last, pipeline, repeat, train } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 3, ...size }), optimizer: adamw({ learningRate: cosine(1e-3, { rewarm: 50 }) }) };

export default pipeline(setup, train(500), repeat(3, grow(last(3), { moments: 'zero-new' }), train(300, { only: 'new' })), train(600));
