/**
 * What holds of moments and counters beyond one stage: the counters that go with a policy unless said otherwise, and policies said once for
 * both directions. Not here: what a policy does to a layer (`src/transfer/moments.ts`), its text (`text/moments.ts`).
 */
import type { CountersPolicy, MomentsPolicy } from './schedule.js';

/** Zeros count from 0; all else keeps its count. */
export const usualCounters = (moments: MomentsPolicy): CountersPolicy => (moments === 'reset' ? 'reset' : 'carry');

/** One value for restrictions, another for prolongations and growths. */
export interface Directions<A> {
  readonly down: A;
  readonly up: A;
}

/** One value for both directions, or one for each. */
export type ByDirection<A> = A | Directions<A>;

// In plain JavaScript a value may be nothing at all; the verifier then misses it.
const isOne = <A extends string>(value: ByDirection<A>): value is A => typeof value === 'string';

export const downOf = <A extends string>(value: ByDirection<A>): A => (isOne(value) ? value : value?.down);
export const upOf = <A extends string>(value: ByDirection<A>): A => (isOne(value) ? value : value?.up);
