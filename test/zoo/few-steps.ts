/**
 * A published pipeline, small enough to run in a test: as deep as it is, and all its transfers, but a few steps at each stage, few passes of each
 * repeat, and a model as narrow as its heads allow, on random tokens. What it computes is of no interest; what it does to the levels is.
 */
import { match, P } from 'ts-pattern';
import type { Schedule, Stage, TrainStage } from '../../src/schedule/schedule.js';

/** Passes of a repeat, and steps of a stage that has no end. */
const FEW = 2;

/** A plateau of a window of 2 steps, patience 1, among 4 steps; other ends are not in the zoo, and stay. */
const trained = (stage: TrainStage): TrainStage => {
  if (stage.until?.kind !== 'plateau') return { ...stage, steps: Math.min(stage.steps, FEW) };
  return { ...stage, steps: 4, until: { ...stage.until, on: { kind: 'training', window: 2 }, patience: 1 } };
};

/** Passes that make the model deeper all stay. */
const shortened = (stage: Stage): Stage =>
  match(stage)
    .returnType<Stage>()
    .with({ kind: 'train' }, trained)
    .with({ kind: 'repeat' }, ({ times, stages }) => ({
      kind: 'repeat',
      times: stages.some(({ kind }) => kind === 'grow') ? times : Math.min(times, FEW),
      stages: stages.map(shortened),
    }))
    .with({ kind: 'replicas' }, ({ stages, ...replicas }) => ({ ...replicas, every: 1, stages: stages.map(shortened) }))
    .with({ kind: 'branch' }, (branch) => ({ ...branch, arms: branch.arms.map((arm) => arm.map(shortened)) }))
    .with({ kind: 'grow', fit: P.nonNullable }, (grow) => ({ ...grow, fit: { ...grow.fit, steps: FEW } }))
    .otherwise((transfer) => transfer);

export const VOCABULARY = 5;

export const fewSteps = ({ version, setup, stages }: Schedule): Schedule => ({
  version,
  setup: {
    ...setup,
    model: { ...setup.model, width: 2 * setup.model.heads, context: 4 },
    data: { kind: 'tokens', vocabulary: VOCABULARY },
    batch: 2,
    evaluation: { every: 0, batches: 1 },
  },
  stages: stages.map(shortened),
});
