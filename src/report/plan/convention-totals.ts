/**
 * What others would say that a plan costs: each convention's arithmetic for a step, summed over the plan's training steps. Beside what
 * is counted on the programs, never in its place. Not here: the conventions (`src/model/conventions.ts`).
 */
import { type ConventionCount, conventionCounts } from '../../model/conventions.js';
import type { SizedModel } from '../../model/family.js';
import { modelAt } from '../../model/parameters.js';
import type { Plan } from '../../plan/plan.js';
import { quantity } from '../table/format.js';

/** One convention: a sequence on level 0, forward and in training, and all training steps of the plan. */
export interface ConventionTotal extends ConventionCount {
  readonly total: number;
}

/** One row a convention. `batch` is the sequences in a training step. */
export const conventionTotals = (plan: Plan, model: SizedModel, batch: number): readonly ConventionTotal[] =>
  conventionCounts(model).map((convention) => ({
    ...convention,
    total: plan.levels.reduce((sum, { steps, layers, heads }) => {
      const onLevel = conventionCounts({ ...modelAt(model, { heads }), layers }).find(({ name }) => name === convention.name);
      return sum + steps * batch * (onLevel?.training ?? 0);
    }, 0),
  }));

/** A line for people. */
export const conventionLine = (totals: readonly ConventionTotal[]): string => {
  const said = totals.map(({ name, total }) => `${name} ${quantity(total, 'FLOP')}`);
  return `By other conventions: ${said.length === 0 ? 'none knows this kind of model' : said.join(', ')}.`;
};
