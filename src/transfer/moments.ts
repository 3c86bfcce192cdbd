/**
 * What a transfer does to the moments and counters of the layers that it moves, as its stage says and the step sizes before and after have
 * it. Not here: tensors (`blend.ts`), the policies' names (`src/schedule/schedule.ts`).
 */
import type { CountersPolicy, MomentsPolicy } from '../schedule/schedule.js';
import type { Recipe } from './recipe.js';

export interface MomentsTransfer {
  readonly policy: MomentsPolicy;
  readonly counters: CountersPolicy;
  /** By how much h makes the gradient of these layers grow. */
  readonly gradientFactor: number;
}

/** A stage's part in it. */
interface Said {
  readonly kind: 'restrict' | 'prolongate' | 'grow';
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
}

interface Step {
  readonly h: number;
}

/** Only a prolongation finds something where it arrives; elsewhere the mean of what stands there and what comes is what comes. */
export const momentsTransfer = ({ kind, moments, counters }: Said, from: Step, to: Step): MomentsTransfer => ({
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
