/**
 * How many steps a training stage may take where an end decides: what can be said before it runs. Pure arithmetic. Not here: whether an end
 * is met at a step (`src/runner/stages/stage-end.ts`), sentences about ends that cannot be (`train-faults.ts`).
 */
import { match, P } from 'ts-pattern';
import type { ObservedLoss, StageEnd, TrainStage } from './train-stage.js';

export interface StepRange {
  readonly least: number;
  readonly most: number;
}

/** What one training step has. */
export interface StepFigures {
  readonly tokens: number;
  /** FLOPs of matrix products. */
  readonly flops: number;
  /** Steps between two evaluations; 0: at the end of the stage only. */
  readonly evaluateEvery: number;
}

/** The step after which a loss has been looked at so often, at the earliest: a stage's first step may be one that is evaluated. */
const stepOfLook = (on: ObservedLoss, looks: number, evaluateEvery: number): number =>
  match(on)
    .with({ kind: 'training' }, ({ window }) => window + looks - 1)
    .with({ kind: 'heldOut' }, () => (evaluateEvery === 0 ? Number.POSITIVE_INFINITY : 1 + (looks - 1) * evaluateEvery))
    .exhaustive();

/** The first step after which an end that looks at losses can be met; undefined for the others. Infinite: never before the last step. */
export const earliestLook = (end: StageEnd, evaluateEvery: number): number | undefined => {
  const at = (on: ObservedLoss, looks: number): number => stepOfLook(on, looks, evaluateEvery);
  return match(end)
    .with({ kind: 'plateau' }, ({ on, patience }) => at(on, 1 + patience))
    .with({ kind: 'loss' }, ({ on }) => at(on, 1))
    .with({ kind: 'slopeBelow' }, ({ on }) => at(on, on.kind === 'training' ? 1 + on.window : 2))
    .with({ kind: P.union('tokens', 'flops') }, () => undefined)
    .exhaustive();
};

/** The least number of steps that together have so much. */
export const stepsFor = (amount: number, perStep: number): number => {
  const steps = Math.ceil(amount / perStep);
  // The quotient may have been rounded.
  return (steps - 1) * perStep >= amount ? steps - 1 : steps;
};

/**
 * @returns how few steps a stage may take, and how many.
 * @example
 * stepRange({ kind: 'train', steps: 400, until: { kind: 'plateau', on: { kind: 'training', window: 50 }, patience: 20, minDelta: 0 } }, figures)
 * // { least: 70, most: 400 }
 */
export const stepRange = ({ steps, until }: TrainStage, { tokens, flops, evaluateEvery }: StepFigures): StepRange =>
  match(until)
    .returnType<StepRange>()
    .with(P.nullish, () => ({ least: steps, most: steps }))
    .with({ kind: 'tokens' }, (end) => {
      const known = Math.min(steps, stepsFor(end.tokens, tokens));
      return { least: known, most: known };
    })
    .with({ kind: 'flops' }, (end) => {
      const known = Math.min(steps, stepsFor(end.flops, flops));
      return { least: known, most: known };
    })
    .with({ kind: P.union('plateau', 'loss', 'slopeBelow') }, (end) => ({
      least: Math.min(steps, earliestLook(end, evaluateEvery) ?? 1),
      most: steps,
    }))
    .exhaustive();
