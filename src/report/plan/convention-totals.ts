/**
 * The cost of a plan by others' conventions: each convention's formula for a step, summed over the plan's training steps. It is shown in addition to the
 * FLOPs counted on the programs, never in their place. Not here: the conventions (`src/model/conventions.ts`).
 */
import { type ConventionCount, conventionCounts } from '../../model/conventions.js';
import type { SizedModel } from '../../model/family.js';
import { modelAt } from '../../model/parameters.js';
import type { Plan, PlannedStage } from '../../plan/plan.js';
import { depthOf } from '../../schedule/grid.js';
import { quantity } from '../table/format.js';

/** The FLOPs by one convention: of a sequence on level 0, forward and in training, and of all training steps of the plan. */
export interface ConventionTotal extends ConventionCount {
  readonly total: number;
}

/** One row for each convention. A level's cost is found once, however many of the stages train on it. */
export const conventionTotals = (plan: Pick<Plan, 'stages'>, model: SizedModel): readonly ConventionTotal[] => {
  const levels = new Map<string, readonly ConventionCount[]>();
  const onLevel = (stage: PlannedStage): readonly ConventionCount[] => {
    const { heads, context } = stage;
    // A layer costs as much at each of its applications.
    const layers = depthOf(stage);
    const level = `${heads} ${context} ${layers}`;
    const counts = levels.get(level) ?? conventionCounts({ ...modelAt(model, { heads }), layers, context });
    levels.set(level, counts);
    return counts;
  };
  const trained = plan.stages.filter(({ steps }) => steps > 0);
  return conventionCounts(model).map((convention) => ({
    ...convention,
    total: trained.reduce((sum, stage) => {
      const { training = 0 } = onLevel(stage).find(({ name }) => name === convention.name) ?? {};
      return sum + stage.steps * stage.batch * training;
    }, 0),
  }));
};

/** The totals as a line of text. */
export const conventionLine = (totals: readonly ConventionTotal[]): string => {
  const said = totals.map(({ name, total }) => `${name} ${quantity(total, 'FLOP')}`);
  return `By other conventions: ${said.length === 0 ? 'none knows this kind of model' : said.join(', ')}.`;
};
