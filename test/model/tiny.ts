/** Models and optimizers that are as small as can be while every part of them is there. */
import type { SizedModel } from '../../src/model/family.js';
import type { AdamW, Sgd } from '../../src/schedule/schedule.js';

export const tinyModel: SizedModel = { kind: 'gpt', layers: 4, heads: 2, width: 8, context: 6, bias: true, vocabulary: 11 };

const learningRate = { kind: 'constant', peak: 0.01, warmup: 0, clock: 'global' } as const;

export const adamw: AdamW = { kind: 'adamw', learningRate, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, clip: 1 };

export const sgd: Sgd = { kind: 'sgd', learningRate, momentum: 0.9, weightDecay: 0.1, clip: 1 };

/** A step with it leaves the gradient, as it is, in the momentum. */
export const gradientOnly: Sgd = { kind: 'sgd', learningRate, momentum: 0, weightDecay: 0, clip: 0 };
