/** Small schedules with transfers that compute. Not a test itself. */
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { adamw } from '../model/tiny.js';

export const MORTAL_VOCABULARY = 5;

/** Two levels. */
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

const usual = { moments: 'carry', counters: 'carry' } as const;
const restrict = (offset: number): Stage => ({
  kind: 'restrict',
  operator: { kind: 'every', factor: 2, offset },
  h: 'scale',
  ...usual,
  tau: { batches: 1 },
});
const searched: Stage = {
  kind: 'prolongate',
  correction: { kind: 'correction', alpha: 1 },
  interpolation: 'own',
  ...usual,
  lineSearch: { tries: 3, batches: 1 },
};

/** What else a checkpoint must hold: tau corrections, what line searches come back to, arms that have ended. */
const corrected: Schedule = {
  ...mortalSchedule,
  stages: [
    { kind: 'train', steps: 1 },
    {
      kind: 'branch',
      arms: [
        [restrict(0), { kind: 'train', steps: 3 }, searched],
        [restrict(1), { kind: 'train', steps: 3 }, searched],
      ],
      shared: { kind: 'average' },
    },
    { kind: 'train', steps: 2 },
  ],
};

/** It looks at what each transfer leads to: on a coarse level, in an arm, at the end. */
const watched: Schedule = {
  ...mortalSchedule,
  stages: mortalSchedule.stages.flatMap((stage): readonly Stage[] =>
    stage.kind === 'train' ? [stage] : [stage, { kind: 'evaluate' }, { kind: 'evaluate' }],
  ),
};

/** Its last evaluation comes after its last transfer. */
const transferred: Schedule = { ...mortalSchedule, stages: mortalSchedule.stages.slice(0, -1) };

export const mortalSchedules = { plain: mortalSchedule, corrected, watched, transferred } as const;
export type MortalName = keyof typeof mortalSchedules;
