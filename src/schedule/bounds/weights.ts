/**
 * The weights of a branch's arms: their bounds as sentences. Not here: what is merged by them (`src/transfer/merge.ts`).
 */

import type { SharedPolicy } from '../schedule.js';
import { inside, weightCount, weightSum, wrongWeight } from '../sentences.js';
import { alphaFault } from './alpha.js';

/**
 * The sentence about a numeral that is not a valid weight, or nothing.
 *
 * @example
 * weightFault('0') // 'a weight must be a number > 0 and <= 1, such as 0.5 (was 0)'
 */
export const weightFault = (numeral: string): string | undefined => (alphaFault(numeral) === undefined ? undefined : wrongWeight(numeral));

/** How far a sum of weights may be from 1, for the rounding of some hundred decimals. */
const tolerance = 1e-9;

/** The sentence about a policy that does not fit this many arms, or nothing. */
export const sharedFault = (shared: SharedPolicy, arms: number): string | undefined => {
  if (shared.kind !== 'weighted') return undefined;
  const { weights } = shared;
  const wrong = weights.map((weight) => weightFault(String(weight))).find((fault) => fault !== undefined);
  if (wrong !== undefined) return inside('branch', wrong);
  if (weights.length !== arms) return weightCount(arms, weights.length);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Math.abs(sum - 1) > tolerance ? weightSum(sum) : undefined;
};
