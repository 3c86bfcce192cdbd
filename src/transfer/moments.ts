/**
 * What a transfer does to the moments and counters of the layers that it moves, depending on its stage and on the step sizes before and after. Not
 * here: tensors (`blend.ts`), the policies' names (`src/schedule/schedule.ts`).
 */
import type { Grid } from '../schedule/grid.js';
import type { CountersPolicy, MomentsPolicy } from '../schedule/schedule.js';
import type { LayerEntry } from './layer-matrix.js';
import type { Recipe } from './recipe.js';

export interface MomentsTransfer {
  readonly policy: MomentsPolicy;
  readonly counters: CountersPolicy;
  /** The factor by which the change of h, and of how often they are applied, scales the gradient of these layers. */
  readonly gradientFactor: number;
}

/** Moments unchanged: where the step size does not change. */
export const carried: MomentsTransfer = { policy: 'carry', counters: 'carry', gradientFactor: 1 };

/** The stage's settings. */
interface StatedPolicies {
  readonly kind: 'restrict' | 'prolongate' | 'grow';
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
}

type Step = Pick<Grid, 'h' | 'loops'>;

/** A layer's step times its applications, over which its gradient is the sum. */
const timeOf = ({ h, loops = 1 }: Step): number => h * loops;

/** Only a prolongation has an existing value at its destination; elsewhere the mean of existing and incoming value is the incoming one. */
export const momentsTransfer = ({ kind, moments, counters }: StatedPolicies, from: Step, to: Step): MomentsTransfer => ({
  policy: moments === 'average' && kind !== 'prolongate' ? 'carry' : moments,
  counters,
  gradientFactor: timeOf(to) / timeOf(from),
});

/** Whether the moments of a layer with that recipe are replaced by zeros; those of an initial layer are zeros anyway. */
export const beginsAtZero = (recipe: Recipe, { policy }: MomentsTransfer): boolean => {
  if (recipe.kind === 'keep' || recipe.kind === 'initial') return false;
  if (recipe.kind === 'identity' || policy === 'reset') return true;
  return policy === 'zero-new' && 'fresh' in recipe && recipe.fresh;
};

/**
 * The coefficient of each term of a recipe for a tensor of that degree: w for a weight (0) and a first moment, |w| · Σ|w| for a second moment, so
 * that a bound of m by v in each term also holds for the sum: (Σ w·m)² ≤ Σ|w| · Σ|w|·m². The width's rule is the same (`width.ts`).
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

/** The policy `average` moves half of the way to the incoming value. */
export const HALF = 0.5;
