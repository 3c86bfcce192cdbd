/** A setup for tests of meaning: small, and all written out. */
import type { Schedule, Setup, Stage } from '../../src/schedule/schedule.js';

export const setupOf = (layers: number): Setup => ({
  model: { kind: 'gpt', layers, heads: 4, width: 32, context: 16, bias: true },
  data: { kind: 'tokens', vocabulary: 65 },
  optimizer: {
    kind: 'adamw',
    learningRate: { kind: 'cosine', peak: 1e-3, floor: 1e-4, warmup: 100, clock: 'global' },
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0.1,
    clip: 1,
  },
  batch: 4,
  seed: 1,
  evaluation: { every: 250, batches: 20 },
});

export const scheduleOf = (layers: number, stages: readonly Stage[]): Schedule => ({ version: 1, setup: setupOf(layers), stages });
