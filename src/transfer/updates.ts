/**
 * How many updates a layer's moments count as having seen after a transfer, which Adam's bias correction reads. The runner and the laws both ask
 * here. Not here: the moments (`blend.ts`).
 */
import { beginsAtZero, type MomentsTransfer } from './moments.js';
import type { Recipe } from './recipe.js';

interface Counted {
  readonly updates: number;
}

/** The layers that a recipe reads; of prolongations, those that are there now and what was restricted from them, too. */
export interface CountedSources {
  readonly from: readonly Counted[];
  readonly destination?: readonly Counted[];
  readonly restricted?: readonly Counted[];
}

const at = (cells: readonly Counted[] | undefined, layer: number): number => {
  const cell = cells?.[layer];
  if (cell === undefined) throw new Error(`a recipe reads layer ${layer}, which is not there`);
  return cell.updates;
};

/** Never below 0, and never below what a corrected layer had counted: a coarse level that began to count again has learnt nothing less than nothing. */
export const updatesOf = (
  recipe: Recipe,
  moments: MomentsTransfer,
  { from, destination, restricted }: CountedSources,
  layer: number,
): number => {
  const { counters, policy } = moments;
  if (recipe.kind === 'keep') return at(destination, layer);
  const isNew = policy === 'zero-new' && beginsAtZero(recipe, moments);
  if (recipe.kind === 'identity' || recipe.kind === 'initial' || counters === 'reset' || isNew) return 0;
  const columns = recipe.kind === 'take' ? [recipe.from] : recipe.terms.map(({ column }) => column);
  if (recipe.kind === 'correct') {
    // What was learnt on the coarse level is what comes on top.
    const learnt = columns.map((column) => at(from, column) - at(restricted, column));
    return at(destination, layer) + Math.max(0, ...learnt);
  }
  // Layers of different ages: the oldest count. Whatever it is, the next steps are bounded (`src/optimizer/moment-ratio.ts`).
  const includesDestination = recipe.kind === 'mix' || policy === 'average';
  return Math.max(...columns.map((column) => at(from, column)), ...(includesDestination ? [at(destination, layer)] : []));
};
