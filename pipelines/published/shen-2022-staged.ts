/**
 * Staged training: Shen, Walsh, Keutzer, Dodge, Peters & Beltagy (2022), "Staged Training for Transformer Language Models", ICML,
 * arXiv:2203.06211.
 *
 * A growth transforms the complete training state, including the optimizer's, and preserves the loss; a stage ends when training gets less efficient.
 *
 * Reported (abstract): up to 22 % less compute than a strong baseline trained from scratch.
 * Changed for scale: 6 layers to 12, × 128, on characters; growth only of depth. Ours: a stage ends on a plateau of the training loss, where
 * the paper plans its ends by scaling laws; new layers begin with moments of zero, where the paper's have a state too.
 */
import { adamw, gpt, grow, pipeline, train, training, until, wsd, zero } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 6, ...size }), optimizer: adamw({ learningRate: wsd(1e-3) }) };
const inefficient = until.plateau({ on: training(50), patience: 100, minDelta: 0.01, atMost: 800 });

export default pipeline(setup, train(inefficient), grow(zero(2), { moments: 'carry' }), train(1200));
