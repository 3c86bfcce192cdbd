/**
 * When held-out text is evaluated: one rule, asked by the plan and by the runner. After every `every`-th training step of the run, and after
 * the last step of each training stage; never twice at one step.
 */
import type { Evaluation } from './schedule.js';

/** A training step that has just been done. */
export interface StepPlace {
  /** Training steps of the run so far, this one included (1, 2, …). */
  readonly step: number;
  /** Whether it was the last step of its stage. */
  readonly lastOfStage: boolean;
}

export const isEvaluated = ({ every }: Evaluation, { step, lastOfStage }: StepPlace): boolean =>
  lastOfStage || (every > 0 && step % every === 0);

/** How often `isEvaluated` holds in a training stage. */
export const evaluationsIn = ({ every }: Evaluation, stage: { readonly firstStep: number; readonly steps: number }): number => {
  if (stage.steps === 0) return 0;
  if (every === 0) return 1;
  const end = stage.firstStep + stage.steps;
  return Math.floor(end / every) - Math.floor(stage.firstStep / every) + (end % every === 0 ? 0 : 1);
};
