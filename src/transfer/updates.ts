/**
 * The count of updates of a layer's moments after a transfer, which Adam's bias correction reads. Both the runner and the laws use it. Not here: the
 * moments (`blend.ts`).
 */
import { beginsAtZero, type MomentsTransfer } from './moments.js';
import type { Recipe } from './recipe.js';

interface Counted {
  readonly updates: number;
}

/** The layers that a recipe reads; for prolongations, also the existing layers and what was restricted from them. */
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

/** Never below 0, and never below the previous count of a corrected layer: a coarse level that restarted its count subtracts nothing. */
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
    // Only the coarse level's own updates are added.
    const learnt = columns.map((column) => at(from, column) - at(restricted, column));
    return at(destination, layer) + Math.max(0, ...learnt);
  }
  // Layers of different ages: the largest count. Whatever it is, the next steps are bounded (`src/optimizer/moment-ratio.ts`).
  const includesDestination = recipe.kind === 'mix' || policy === 'average';
  return Math.max(...columns.map((column) => at(from, column)), ...(includesDestination ? [at(destination, layer)] : []));
};
