/**
 * Zero-layer progressive training: Bu (2025), "Deep Progressive Training: scaling up depth capacity of zero/one-layer models", arXiv:2511.04981.
 *
 * Only embeddings and head train for most of the steps; then all layers are added at once, with their initial values, while the learning rate is still
 * in the stable phase of warmup-stable-decay.
 *
 * Reported (abstract): on GPT-2 about 80 % less compute, or five times the speed, at almost the loss of a fully trained 60-layer model of 7B.
 * Changed for scale: 12 layers × 128 on characters; AdamW. Ours: the lengths.
 */
import { adamw, fresh, gpt, grow, pipeline, train, wsd } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 0, ...size }), optimizer: adamw({ learningRate: wsd(1e-3, { decay: 0.1 }) }) };

export default pipeline(setup, train(1600), grow(fresh(12)), train(400));
