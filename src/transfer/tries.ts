/**
 * The tries of a line search: the full correction, half of it, and so on, and with it the step since the restriction of the shared layers, which were
 * trained in place. Not here: the objective that decides (`src/runner/stages/line-search.ts`).
 */
import type { Blend, ResolvedProlongation } from './resolved.js';

export interface Try {
  readonly alpha: number;
  readonly layers: Blend;
  /** Absent for the full step: the shared layers are there already. */
  readonly shared?: Blend;
}

const scaled = (blend: Blend, share: number): Blend => ({
  ...blend,
  recipes: blend.recipes.map((recipe) => (recipe.kind === 'correct' ? { ...recipe, share: share * recipe.share } : recipe)),
});

/** @param attempt counts from 1: the shares are 1, ½, ¼, … */
export const tryOf = (
  layers: ResolvedProlongation['layers'],
  { alpha, shared }: NonNullable<ResolvedProlongation['search']>,
  attempt: number,
): Try => {
  const share = 2 ** (1 - attempt);
  return { alpha: alpha * share, layers: scaled(layers, share), ...(share === 1 ? {} : { shared: scaled(shared, share) }) };
};
