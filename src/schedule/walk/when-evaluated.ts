/**
 * When held-out text is evaluated: one rule for the plan and the runner. After every `every`-th training step of the run, and after the last step of
 * each training stage; never twice at one step. Where the schedule says `evaluate`. And once at the end, where the saved network is not the one that
 * was evaluated last: the loss of a run is that of the model that it saved.
 */
import type { Evaluation } from '../schedule.js';
import type { StepRange } from './step-range.js';
import { changes, type Placed, type Visit } from './walk.js';

/**
 * Whether it is evaluated after the merge of a round of replicas, whose own training is not: where an evaluation became due during the round, and after
 * the last one.
 */
export const isMergeEvaluated = ({ every }: Evaluation, { stage, firstStep, beside = 0 }: Visit): boolean => {
  if (stage.kind !== 'merge' || stage.round === undefined) return false;
  const { round, rounds, steps } = stage.round;
  const clock = firstStep - beside;
  return round === rounds || (every > 0 && Math.floor(clock / every) > Math.floor((clock - steps) / every));
};

/** A training step that has just been done. */
export interface StepPlace {
  /** Training steps of the run so far, this one included (1, 2, …). */
  readonly step: number;
  /** Whether it was the last step of its stage. */
  readonly lastOfStage: boolean;
}

export const isEvaluated = ({ every }: Evaluation, { step, lastOfStage }: StepPlace): boolean =>
  lastOfStage || (every > 0 && step % every === 0);

/**
 * The minimum and maximum number of evaluations of a training stage of `least` to `most` steps that begins after `from.least` to `from.most` steps.
 * Exact where both are known, otherwise bounds that hold wherever the stage begins.
 */
export const evaluationRange = (evaluation: Evaluation, from: StepRange, { least, most }: StepRange): StepRange => {
  const { every } = evaluation;
  if (from.least === from.most && least === most) {
    const known = evaluationsIn(evaluation, { firstStep: from.least, steps: most });
    return { least: known, most: known };
  }
  if (every === 0) return { least: 1, most: 1 };
  // The last step is always followed by an evaluation. At most, so are the first step and the last but one, as far as `every` allows.
  return { least: Math.ceil(least / every), most: most === 1 || every === 1 ? most : 2 + Math.floor((most - 2) / every) };
};

/** How often `isEvaluated` holds in a training stage. */
export const evaluationsIn = ({ every }: Evaluation, stage: { readonly firstStep: number; readonly steps: number }): number => {
  if (stage.steps === 0) return 0;
  if (every === 0) return 1;
  const end = stage.firstStep + stage.steps;
  return Math.floor(end / every) - Math.floor(stage.firstStep / every) + (end % every === 0 ? 0 : 1);
};

/**
 * The last stage, if the final network must be evaluated after it; undefined where the last training step, or an `evaluate` stage, has already
 * evaluated it.
 *
 * @param visits of the whole schedule, or its stages unrolled.
 * @example
 * evaluatedAtEnd(walk(pipeline(setup, train(40), grow(stack(2)))))?.op // 'grow(stack(2))'
 */
export const evaluatedAtEnd = <Each extends Placed>(visits: readonly Each[]): Each | undefined => {
  const last = visits.findLast(({ stage }) => stage.kind === 'train' || stage.kind === 'evaluate' || changes(stage));
  return last === undefined || changes(last.stage) ? visits.at(-1) : undefined;
};

/** Whether the final network itself was trained: a final transfer leads to one without a training loss. */
export const trainedAtEnd = (visits: readonly Placed[]): boolean =>
  visits.findLast(({ stage }) => stage.kind === 'train' || changes(stage))?.stage.kind === 'train';
