/** The work of each stage as planned, in FLOPs of matrix products: what is left of a plan where only the places of its stages matter. */
import type { Plan } from './plan.js';

export interface PlannedWork {
  /** Of training or transfer, without evaluations: the most that the stage may take. */
  readonly flops: number;
  /** The least, for a training stage with a conditional end. */
  readonly least?: number;
}

/**
 * @returns one for each of the plan's stages.
 * @example
 * plannedWork(plan) // [{ flops: 0 }, { flops: 3.52e12 }, { flops: 0 }, { flops: 9.51e11, least: 4e11 }]
 */
export const plannedWork = ({ stages }: Pick<Plan, 'stages'>): readonly PlannedWork[] =>
  stages.map(({ flops, flopsPerStep, steps, least }) => ({
    flops: flops.matmul,
    ...(least.steps < steps ? { least: flopsPerStep.matmul * least.steps } : {}),
  }));
