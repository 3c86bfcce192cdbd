/**
 * The order in which the combinations of values are tried: a Halton sequence, shifted by a seed, so that however many are taken, they are spread evenly
 * over all names together, and more of them begin with the same ones. Not here: what the values are of (`ranges.ts`).
 *
 * Halton, "On the efficiency of certain quasi-random sequences of points in evaluating multi-dimensional integrals" (1960); the shift modulo 1 is
 * Cranley and Patterson's (1976).
 */
import { stream } from '../data/random.js';

const PRIMES = [2, 3, 5, 7, 11, 13] as const;

export const MOST_NAMES = PRIMES.length;

/** Each combination that is looked at is planned. */
export const MOST_COMBINATIONS = 4096;

/** The digits of a number in a base, mirrored behind the point. */
const radicalInverse = (index: number, base: number): number => {
  let [rest, place, sum] = [index, 1 / base, 0];
  while (rest > 0) {
    sum += (rest % base) * place;
    rest = Math.floor(rest / base);
    place /= base;
  }
  return sum;
};

/**
 * Every combination once.
 *
 * @param sizes the number of values of each name.
 * @returns the index of a value for each name.
 * @example
 * [...orderOf([2, 3], 1)].length // 6
 */
export function* orderOf(sizes: readonly number[], seed: number): Generator<readonly number[]> {
  const draws = stream(seed, 'search-order');
  const shifts = sizes.map(() => draws.uniform());
  const all = sizes.reduce((product, size) => product * size, 1);
  const seen = new Set<number>();
  const numberOf = (combination: readonly number[]): number =>
    combination.reduce((number, index, dimension) => number * (sizes[dimension] ?? 1) + index, 0);
  // The sequence visits each cell sooner or later.
  for (let index = 1; seen.size < all; index++) {
    const combination = sizes.map((size, dimension) => {
      const place = (radicalInverse(index, PRIMES[dimension] ?? 2) + (shifts[dimension] ?? 0)) % 1;
      return Math.min(size - 1, Math.floor(place * size));
    });
    const number = numberOf(combination);
    if (seen.has(number)) continue;
    seen.add(number);
    yield combination;
  }
}
