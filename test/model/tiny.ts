/** Models and optimizers that are as small as can be while every part of them is there. */
import type { Sized } from '../../src/model/family.js';
import type { AdamW, GptModel, LlamaModel, Muon, Sgd } from '../../src/schedule/schedule.js';

export const tinyModel: Sized<GptModel> = { kind: 'gpt', layers: 4, heads: 2, width: 8, context: 6, bias: true, vocabulary: 11 };

/** Two groups of two heads, a head of its own, and norms of queries and keys. */
export const tinyLlama: Sized<LlamaModel> = {
  kind: 'llama',
  layers: 4,
  heads: 4,
  keyValueHeads: 2,
  width: 16,
  hidden: 12,
  context: 6,
  theta: 100,
  epsilon: 1e-5,
  tied: false,
  queryKeyNorm: true,
  vocabulary: 11,
};

const learningRate = { kind: 'constant', peak: 0.01, warmup: 0, clock: 'global' } as const;

export const adamw: AdamW = { kind: 'adamw', learningRate, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, clip: 1 };

export const sgd: Sgd = { kind: 'sgd', learningRate, momentum: 0.9, weightDecay: 0.1, clip: 1 };

export const muon: Muon = {
  kind: 'muon',
  learningRate,
  momentum: 0.95,
  nesterov: true,
  coefficients: [3.4445, -4.775, 2.0315],
  iterations: 5,
  epsilon: 1e-7,
  shapeFactor: 'match-rms-adamw',
  rest: { rate: 0.5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 },
  weightDecay: 0.1,
  clip: 1,
};

/** A step with it leaves the gradient, as it is, in the momentum. */
export const gradientOnly: Sgd = { kind: 'sgd', learningRate, momentum: 0, weightDecay: 0, clip: 0 };
