/**
 * The range of steps of a training stage with a conditional end: what is known before it runs. Pure arithmetic. Not here: whether an end is met at a
 * step (`src/runner/events/stage-end.ts`), sentences about ends that cannot be (`../verify/train-faults.ts`).
 */
import { match, P } from 'ts-pattern';
import type { ObservedLoss, StageEnd, TrainStage } from '../train-stage.js';

export interface StepRange {
  readonly least: number;
  readonly most: number;
}

/** The sizes of one training step. */
export interface StepFigures {
  readonly tokens: number;
  /** FLOPs of matrix products; absent where they are not known. */
  readonly flops?: number;
  /** Steps between two evaluations; 0: at the end of the stage only. */
  readonly evaluateEvery: number;
  /** Steps of the run before the stage: evaluations depend on the run's steps. */
  readonly before: StepRange;
}

/**
 * The earliest step of a stage after which held-out text is evaluated, for a stage that may begin within this range of the run's steps. The
 * evaluation at the stage's end does not count: it comes too late to end it.
 */
const firstEvaluation = (every: number, before: StepRange): number => {
  const next = every * (Math.floor(before.least / every) + 1);
  return Math.max(1, next - before.most);
};

/** An end that depends on losses. */
type ObservingEnd = Extract<StageEnd, { readonly on: ObservedLoss }>;

/** The earliest step after which an end that depends on losses can be met. Infinite: never before the last step. */
export const earliestObservation = (end: ObservingEnd, evaluateEvery: number, before: StepRange): number => {
  const at = (on: ObservedLoss, looks: number): number =>
    match(on)
      .with({ kind: 'training' }, ({ window }) => window + looks - 1)
      .with({ kind: 'heldOut' }, () =>
        evaluateEvery === 0 ? Number.POSITIVE_INFINITY : firstEvaluation(evaluateEvery, before) + (looks - 1) * evaluateEvery,
      )
      .exhaustive();
  return match(end)
    .with({ kind: 'plateau' }, ({ on, patience }) => at(on, 1 + patience))
    .with({ kind: 'loss' }, ({ on }) => at(on, 1))
    .with({ kind: 'slopeBelow' }, ({ on }) => at(on, on.kind === 'training' ? 1 + on.window : 2))
    .exhaustive();
};

/** The least number of steps that reach this amount. */
export const stepsFor = (amount: number, perStep: number): number => {
  const steps = Math.ceil(amount / perStep);
  // The quotient may have been rounded.
  return (steps - 1) * perStep >= amount ? steps - 1 : steps;
};

/**
 * @returns the minimum and maximum number of steps of a stage.
 * @example
 * stepRange({ kind: 'train', steps: 400, until: { kind: 'plateau', on: { kind: 'training', window: 50 }, patience: 20, minDelta: 0 } }, figures)
 * // { least: 70, most: 400 }
 */
export const stepRange = ({ steps, until }: TrainStage, { tokens, flops, evaluateEvery, before }: StepFigures): StepRange =>
  match(until)
    .returnType<StepRange>()
    .with(P.nullish, () => ({ least: steps, most: steps }))
    .with({ kind: 'tokens' }, (end) => {
      const known = Math.min(steps, stepsFor(end.tokens, tokens));
      return { least: known, most: known };
    })
    .with({ kind: 'flops' }, (end) => {
      if (flops === undefined) return { least: 1, most: steps };
      const known = Math.min(steps, stepsFor(end.flops, flops));
      return { least: known, most: known };
    })
    .with({ kind: P.union('plateau', 'loss', 'slopeBelow') }, (end) => ({
      least: Math.min(steps, earliestObservation(end, evaluateEvery, before)),
      most: steps,
    }))
    .exhaustive();
