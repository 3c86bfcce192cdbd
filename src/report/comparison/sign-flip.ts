/**
 * The sign-flip test (Fisher 1935) of a few paired samples, and the interval obtained by inverting it: all values that it does not reject, so that test
 * and interval cannot disagree. Exact up to 14 samples; beyond that, subsets are drawn with a seeded generator, the same on every machine.
 * Not here: what is sampled (`pair.ts`), what is reported about it (`statistics.ts`); why this interval: docs/decisions.
 */
import { sum } from 'd3-array';
import { stream } from '../../data/random.js';

const LEVEL = 0.95;
/** Up to this many samples all subsets are enumerated rather than drawn. */
export const MOST_EXACT = 14;
const DRAWS = 10_000;

/** With fewer samples no value can be rejected, so there is no 95% interval and nothing can be shown. */
export const LEAST_SAMPLES = 6;

/** All 2ⁿ subset sums, with that of the empty subset first. */
const subsetSums = (values: readonly number[]): Float64Array => {
  const sums = new Float64Array(2 ** values.length);
  for (const [index, value] of values.entries()) {
    const half = 2 ** index;
    for (let subset = 0; subset < half; subset++) sums[half + subset] = (sums[subset] ?? 0) + value;
  }
  return sums;
};

/** The ratios over randomly drawn subsets. */
const drawnRatios = (over: readonly number[], under: readonly number[]): Float64Array => {
  const random = stream(0, 'sign-flip', over.length);
  return Float64Array.from({ length: DRAWS }, () => {
    let [numerator, denominator] = [0, 0];
    for (const [index, value] of over.entries()) {
      if (random.integer(2) === 0) continue;
      numerator += value;
      denominator += under[index] ?? Number.NaN;
    }
    // The empty subset, drawn once in 2ⁿ times, has no ratio; that of all samples replaces it.
    return denominator === 0 && numerator === 0 ? sum(over) / sum(under) : numerator / denominator;
  });
};

/** Replaces values that differ from 0 only by rounding with 0, so that they count on both sides of it. */
const withExactZeros = (values: Float64Array): Float64Array => {
  const scale = values.reduce((largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest), 0);
  return values.map((value) => (Math.abs(value) <= 1e-12 * scale ? 0 : value));
};

/**
 * The typical values (Hartigan 1969) of a ratio of sums, in ascending order: the ratio over each subset of the samples. The sign-flip test of
 * over − value · under rejects a value if few enough of them are on one side of it.
 *
 * @param under positive; if omitted, all ones, and the ratio is the mean.
 * @example
 * typicalValues([1, 3]) // [1, 2, 3]
 */
export const typicalValues = (over: readonly number[], under: readonly number[] = over.map(() => 1)): Float64Array => {
  if (over.length > MOST_EXACT) return withExactZeros(drawnRatios(over, under)).sort();
  const denominators = subsetSums(under);
  return withExactZeros(subsetSums(over).map((numerator, subset) => numerator / (denominators[subset] ?? Number.NaN)))
    .slice(1)
    .sort();
};

/** How many typical values are outside the interval on either side; below 0 if there is no interval. */
const outside = (values: Float64Array): number => Math.ceil(((1 - LEVEL) / 2) * (values.length + 1)) - 2;

/** The lower end of the 95% interval; undefined for fewer than six samples. */
export const lowEnd = (values: Float64Array): number | undefined => values[outside(values)];

/** The upper end of the 95% interval; undefined for fewer than six samples. */
export const highEnd = (values: Float64Array): number | undefined => {
  const beyond = outside(values);
  return beyond < 0 ? undefined : values[values.length - 1 - beyond];
};

const chance = (values: Float64Array, against: (value: number) => boolean): number =>
  Math.min(1, (2 * (1 + values.reduce((count, value) => count + (against(value) ? 1 : 0), 0))) / (values.length + 1));

/** The two-sided p-value of the claim that the samples are above 0. */
export const chanceAbove = (values: Float64Array): number => chance(values, (value) => value <= 0);

/** The two-sided p-value of the claim that the samples are below 0. */
export const chanceBelow = (values: Float64Array): number => chance(values, (value) => value >= 0);

/**
 * The two-sided sign-flip test: the share of all assignments of signs for which the mean is at least as far from 0 as the observed one. With n differences
 * it is never below 2^(1−n), so five seeds cannot show anything at 5%.
 *
 * @example
 * signFlip([1, 2, 3]) // 0.25: of 8 assignments +++ and --- are as far
 */
export const signFlip = (differences: readonly number[]): number => {
  const values = typicalValues(differences);
  return Math.min(chanceAbove(values), chanceBelow(values));
};
