/** Training stages of random schedules that run: with ends that are met and ends that are not, trained parts, stochastic depth, microbatches. */
import type { Setup, Stage, StageEnd, TrainStage } from '../../src/schedule/schedule.js';

/** `draw` chooses; `steps` is from 1 to 4. */
export const trainingBy = (draw: number, steps: number, layers: number, { batch, model, evaluation }: Setup): TrainStage => {
  const on = { kind: 'training', window: 1 + (draw % 2) } as const;
  const heldOut = evaluation.every === 0 ? on : ({ kind: 'heldOut' } as const);
  const own =
    draw % 8 === 5
      ? { batch: 2 * batch }
      : draw % 8 === 6
        ? { batch: 2, context: 1 }
        : draw % 8 === 7
          ? { context: model.context - 1 }
          : {};
  const perStep = (own.batch ?? batch) * (own.context ?? model.context);
  // What random tokens and a null backend give: losses between 0 and 3.
  const ends: readonly StageEnd[] = [
    { kind: 'plateau', on, patience: 1, minDelta: 10 },
    { kind: 'plateau', on, patience: 2, minDelta: 0 },
    { kind: 'plateau', on: heldOut, patience: 1, minDelta: 0 },
    { kind: 'loss', loss: 1.61, on },
    { kind: 'loss', loss: 100, on: heldOut },
    { kind: 'tokens', tokens: 1 + perStep },
    { kind: 'slopeBelow', ratio: 1, on },
  ];
  const until = ends[draw % 16];
  const least = 6 + evaluation.every;
  const leavesOut = draw % 9 === 4 && layers > 0;
  return {
    kind: 'train',
    ...own,
    steps: until === undefined ? steps : steps + least,
    ...(until === undefined ? {} : { until }),
    ...(leavesOut ? { subnetwork: { kind: 'random', keep: 0.5, h: draw % 2 === 0 ? 'keep' : 'scale' } } : {}),
    ...(draw % 5 === 1 && layers > 0 && !leavesOut
      ? { only: { kind: 'layers', layers: [draw % layers], sharedLayers: draw % 2 === 0 ? 'freeze' : 'train' } }
      : {}),
    ...(draw % 7 === 2 && !leavesOut ? { only: { kind: 'new', sharedLayers: 'freeze' } } : {}),
    ...(draw % 4 === 3 && !leavesOut ? { stochasticDepth: 0.5 } : {}),
    ...(draw % 11 === 8 ? { learningRate: { kind: 'cosine', peak: 0.02, floor: 0.001, warmup: 1, clock: 'stage' } } : {}),
    ...(draw % 6 > 3 ? { accumulate: draw % 6 === 4 ? batch : 1 } : {}),
  };
};

/** The stages without what only makes sense after other stages. */
export const withoutPlace = (stages: readonly Stage[]): readonly Stage[] =>
  stages.map((stage): Stage => {
    if (stage.kind === 'repeat' || stage.kind === 'replicas') return { ...stage, stages: withoutPlace(stage.stages) };
    if (stage.kind === 'branch') return { ...stage, arms: stage.arms.map(withoutPlace) };
    if (stage.kind !== 'train') return stage;
    const { until, only, subnetwork: _, ...plain } = stage;
    return {
      ...plain,
      ...(until === undefined || until.kind === 'slopeBelow' ? {} : { until }),
      ...(only === undefined || only.kind === 'new' ? {} : { only }),
    };
  });
