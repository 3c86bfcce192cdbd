/**
 * What has been trained before a stage: how many steps, on which level last, and on which level before that. Part of the fold's state;
 * `train-faults.ts` has what conditional ends and trained parts require of it.
 */
import type { Setup } from '../schedule.js';
import type { TrainStage } from '../train-stage.js';
import { type StepRange, stepRange } from '../walk/step-range.js';
import { settingsOf, tokensOf } from '../walk/step-settings.js';

/** What is remembered of a training stage: its maximum number of steps. */
interface Training {
  readonly level: number;
  readonly steps: number;
}

export interface Trained {
  /** Training steps of the run so far: with conditional ends, the minimum and the maximum. */
  readonly steps: StepRange;
  /** The last training stage. */
  readonly here?: Training;
  /** The last training stage on a different level. */
  readonly elsewhere?: Training;
  /** Whether the network has grown deeper. */
  readonly grown: boolean;
}

export const nothingTrained: Trained = { steps: { least: 0, most: 0 }, grown: false };

/** The last training stage on another level than this. */
export const trainedElsewhere = ({ here, elsewhere }: Trained, level: number): Training | undefined =>
  here !== undefined && here.level !== level ? here : elsewhere;

/** With one more stage. */
export const trainedBy = (stage: TrainStage, level: number, trained: Trained, setup: Setup): Trained => {
  const { steps, grown } = trained;
  const elsewhere = trainedElsewhere(trained, level);
  const range = stepRange(stage, { tokens: tokensOf(settingsOf(stage, setup)), evaluateEvery: setup.evaluation.every, before: steps });
  return {
    steps: { least: steps.least + range.least, most: steps.most + range.most },
    here: { level, steps: stage.steps },
    ...(elsewhere === undefined ? {} : { elsewhere }),
    grown,
  };
};

/** After this many more passes like the one that led from `before` to `after`. */
export const repeated = (before: Trained, after: Trained, passes: number): Trained => ({
  ...after,
  steps: {
    least: after.steps.least + passes * (after.steps.least - before.steps.least),
    most: after.steps.most + passes * (after.steps.most - before.steps.most),
  },
});
