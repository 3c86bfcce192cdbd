/**
 * The cost of a plan by others' conventions: each convention's formula for a step, summed over the plan's training steps. It is shown in addition to the
 * FLOPs counted on the programs, never in their place. Not here: the conventions (`src/model/conventions.ts`).
 */
import { type ConventionCount, conventionCounts } from '../../model/conventions.js';
import type { SizedModel } from '../../model/family.js';
import { modelAt } from '../../model/parameters.js';
import type { Plan } from '../../plan/plan.js';
import { depthOf } from '../../schedule/grid.js';
import { quantity } from '../table/format.js';

/** The FLOPs by one convention: of a sequence on level 0, forward and in training, and of all training steps of the plan. */
export interface ConventionTotal extends ConventionCount {
  readonly total: number;
}

/** One row for each convention. */
export const conventionTotals = (plan: Pick<Plan, 'stages'>, model: SizedModel): readonly ConventionTotal[] =>
  conventionCounts(model).map((convention) => ({
    ...convention,
    total: plan.stages.reduce((sum, stage) => {
      const { steps, heads, batch, context } = stage;
      if (steps === 0) return sum;
      // A layer costs as much at each of its applications.
      const layers = depthOf(stage);
      const onLevel = conventionCounts({ ...modelAt(model, { heads }), layers, context }).find(({ name }) => name === convention.name);
      return sum + steps * batch * (onLevel?.training ?? 0);
    }, 0),
  }));

/** The totals as a line of text. */
export const conventionLine = (totals: readonly ConventionTotal[]): string => {
  const said = totals.map(({ name, total }) => `${name} ${quantity(total, 'FLOP')}`);
  return `By other conventions: ${said.length === 0 ? 'none knows this kind of model' : said.join(', ')}.`;
};
