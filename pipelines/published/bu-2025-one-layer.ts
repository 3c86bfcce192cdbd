/**
 * One-layer progressive training: Bu (2025), as `bu-2025-zero-layer.ts`, from a model of one layer whose copies make all the others.
 *
 * Reported: as there. Changed for scale: as there. Ours: the lengths; copying the moments with each layer.
 */
import { adamw, gpt, grow, pipeline, stack, train, wsd } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 1, ...size }), optimizer: adamw({ learningRate: wsd(1e-3, { decay: 0.1 }) }) };

export default pipeline(setup, train(1600), grow(stack(12)), train(400));
