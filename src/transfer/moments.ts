/**
 * What a transfer does to the moments and counters of the layers that it moves, as its stage says and the step sizes before and after have
 * it. Not here: tensors (`blend.ts`), the policies' names (`src/schedule/schedule.ts`).
 */
import type { CountersPolicy, MomentsPolicy } from '../schedule/schedule.js';
import type { LayerEntry } from './layer-matrix.js';
import type { Recipe } from './recipe.js';

export interface MomentsTransfer {
  readonly policy: MomentsPolicy;
  readonly counters: CountersPolicy;
  /** By how much h makes the gradient of these layers grow. */
  readonly gradientFactor: number;
}

/** As they are: where no step size changes. */
export const carried: MomentsTransfer = { policy: 'carry', counters: 'carry', gradientFactor: 1 };

/** A stage's part in it. */
interface StatedPolicies {
  readonly kind: 'restrict' | 'prolongate' | 'grow';
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
}

interface Step {
  readonly h: number;
}

/** Only a prolongation finds something where it arrives; elsewhere the mean of what is there and what comes is what comes. */
export const momentsTransfer = ({ kind, moments, counters }: StatedPolicies, from: Step, to: Step): MomentsTransfer => ({
  policy: moments === 'average' && kind !== 'prolongate' ? 'carry' : moments,
  counters,
  gradientFactor: to.h / from.h,
});

/** Whether the moments that come with a layer of that recipe are replaced by zeros; those of an initial layer are zeros as it is. */
export const beginsAtZero = (recipe: Recipe, { policy }: MomentsTransfer): boolean => {
  if (recipe.kind === 'keep' || recipe.kind === 'initial') return false;
  if (recipe.kind === 'identity' || policy === 'reset') return true;
  return policy === 'zero-new' && 'fresh' in recipe && recipe.fresh;
};

/**
 * What a tensor of that degree takes of each term of a recipe: a weight (0) and a first moment w, a second moment |w| · Σ|w|, so that what bounded m by v
 * in each term bounds it in the sum: (Σ w·m)² ≤ Σ|w| · Σ|w|·m². The width's rule is the same (`width.ts`).
 */
export const coefficientsOf = (
  terms: readonly LayerEntry[],
  degree: 0 | 1 | 2,
  { policy, gradientFactor }: MomentsTransfer,
): readonly number[] => {
  const total = terms.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  const factor = policy === 'rescale' ? gradientFactor ** degree : 1;
  return terms.map(({ weight }) => (degree === 2 ? total * Math.abs(weight) : weight) * factor);
};

/** The policy `average` goes half of the way to what comes. */
export const HALF = 0.5;
