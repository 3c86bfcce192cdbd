/** Two levels, with transfers that compute. Not a test itself. */
import type { Schedule } from '../../src/schedule/schedule.js';
import { adamw } from '../model/tiny.js';

export const MORTAL_VOCABULARY = 5;

export const mortalSchedule: Schedule = {
  version: 1,
  setup: {
    model: { kind: 'gpt', layers: 4, heads: 2, width: 4, context: 3, bias: true },
    data: { kind: 'tokens', vocabulary: MORTAL_VOCABULARY },
    optimizer: adamw,
    batch: 2,
    seed: 7,
    evaluation: { every: 3, batches: 1 },
  },
  stages: [
    { kind: 'train', steps: 3 },
    { kind: 'restrict', operator: { kind: 'average', factor: 2 }, h: 'scale', moments: 'carry', counters: 'carry' },
    { kind: 'train', steps: 4 },
    { kind: 'prolongate', correction: { kind: 'correction', alpha: 0.5 }, interpolation: 'linear', moments: 'carry', counters: 'carry' },
    { kind: 'train', steps: 3 },
  ],
};
