/**
 * Moments and counters beyond a single stage: the usual counters of each policy, and policies for both directions at once. Not here: what a policy
 * does to a layer (`src/transfer/moments.ts`), its text (`text/moments.ts`).
 */
import type { CountersPolicy, MomentsPolicy } from './schedule.js';

/** Moments that become zero count from 0; all others keep their count. */
export const usualCounters = (moments: MomentsPolicy): CountersPolicy => (moments === 'reset' ? 'reset' : 'carry');

/** One value for restrictions, another for prolongations and growths. */
export interface Directions<A> {
  readonly down: A;
  readonly up: A;
}

/** One value for both directions, or one for each. */
export type ByDirection<A> = A | Directions<A>;

// In plain JavaScript a value may be undefined; the verifier then reports it as missing.
const isOne = <A extends string>(value: ByDirection<A>): value is A => typeof value === 'string';

export const downOf = <A extends string>(value: ByDirection<A>): A => (isOne(value) ? value : value?.down);
export const upOf = <A extends string>(value: ByDirection<A>): A => (isOne(value) ? value : value?.up);
