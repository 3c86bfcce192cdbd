/** A setup for tests of meaning: small, and all written out. */
import type { Model, Schedule, Setup, Stage } from '../../src/schedule/schedule.js';
import { muon, sgd } from '../model/tiny.js';

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

const llama: Model = {
  kind: 'llama',
  layers: 1,
  heads: 4,
  keyValueHeads: 4,
  width: 32,
  hidden: 16,
  context: 16,
  theta: 100,
  epsilon: 1e-5,
  tied: true,
  queryKeyNorm: false,
};

/** Both families by the three optimizers, each for a sixth of what is asked. */
export const anySetupOf = (layers: number, draw: number): Setup => {
  const setup = setupOf(layers);
  const optimizer = [setup.optimizer, muon, sgd][draw % 3] ?? setup.optimizer;
  return { ...setup, optimizer, model: draw % 6 < 3 ? setup.model : { ...llama, layers } };
};

export const scheduleOf = (layers: number, stages: readonly Stage[]): Schedule => ({ version: 1, setup: setupOf(layers), stages });
