/**
 * Statistics over a handful of paired samples: one a seed. Pure, and the same on every machine, for resampling draws from a seeded stream.
 * Not here: what is sampled (`pair.ts`).
 */
import { deviation, mean, quantileSorted } from 'd3-array';
import { stream } from '../../data/random.js';

/** A mean over samples. */
export interface Average {
  readonly mean: number;
  /** Of the mean; 0 for a single sample. */
  readonly standardError: number;
}

/**
 * @example
 * averageOf([1, 2, 3]) // { mean: 2, standardError: 1 / Math.sqrt(3) }
 */
export const averageOf = (samples: readonly number[]): Average => ({
  mean: mean(samples) ?? Number.NaN,
  standardError: (deviation(samples) ?? 0) / Math.sqrt(samples.length),
});

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Enough for the ends of a 95% interval to be steady in two digits. */
export const RESAMPLES = 10_000;
const LEVEL = 0.95;
/** Up to so many samples all assignments of signs are counted, rather than drawn. */
const MOST_EXACT = 14;

/**
 * The 95% percentile bootstrap interval of a statistic (Efron 1979): its 2.5% and 97.5% quantiles over samples drawn again with replacement.
 *
 * @param statistic of the samples at these indices, which may repeat; a resample for which it is no number is left out.
 * @returns undefined for fewer than two samples, which have no spread.
 * @example
 * bootstrap(6, (drawn) => mean(drawn.map((index) => losses[index])))
 */
export const bootstrap = (samples: number, statistic: (indices: readonly number[]) => number): Interval | undefined => {
  if (samples < 2) return undefined;
  const random = stream(0, 'bootstrap', samples);
  const values: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const value = statistic(Array.from({ length: samples }, () => random.integer(samples)));
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  const low = quantileSorted(values, (1 - LEVEL) / 2);
  const high = quantileSorted(values, (1 + LEVEL) / 2);
  return low === undefined || high === undefined ? undefined : { low, high };
};

/**
 * The two-sided sign-flip test of paired differences (Fisher 1935): in which share of the assignments of signs is the mean at least as far
 * from 0 as it was found? Exact up to 14 differences, drawn beyond. With n differences it is never below 2^(1−n), so that five seeds cannot
 * show anything at 5%.
 *
 * @example
 * signFlip([1, 2, 3]) // 0.25: of 8 assignments +++ and --- are as far
 */
export const signFlip = (differences: readonly number[]): number => {
  const found = Math.abs(differences.reduce((sum, one) => sum + one, 0));
  const scale = differences.reduce((sum, one) => sum + Math.abs(one), 0);
  const asFar = (sum: number): boolean => Math.abs(sum) >= found - 1e-12 * scale;
  if (differences.length <= MOST_EXACT) {
    const assignments = 2 ** differences.length;
    let count = 0;
    for (let signs = 0; signs < assignments; signs++)
      if (asFar(differences.reduce((sum, one, index) => sum + ((signs >> index) & 1 ? -one : one), 0))) count += 1;
    return count / assignments;
  }
  const random = stream(0, 'sign-flip', differences.length);
  let count = 0;
  for (let draw = 0; draw < RESAMPLES; draw++)
    if (asFar(differences.reduce((sum, one) => sum + (random.integer(2) === 1 ? -one : one), 0))) count += 1;
  return (count + 1) / (RESAMPLES + 1);
};

/** What is said of paired differences, or of a ratio of paired sums. */
export interface Estimate {
  readonly value: number;
  readonly interval?: Interval;
  /** Of the sign-flip test. */
  readonly p: number;
  /** The interval leaves 0 out, and the test is below 5%: percentile intervals of few samples are too narrow to be believed alone. */
  readonly shown: boolean;
}

const SIGNIFICANT = 0.05;

const estimate = (differences: readonly number[], statistic: (indices: readonly number[]) => number): Estimate => {
  const interval = bootstrap(differences.length, statistic);
  const p = signFlip(differences);
  const apart = interval !== undefined && (interval.low > 0 || interval.high < 0);
  return {
    value: statistic(differences.map((_, index) => index)),
    ...(interval === undefined ? {} : { interval }),
    p,
    shown: apart && p < SIGNIFICANT,
  };
};

/** The mean difference a − b, seed by seed. */
export const pairedDifference = (a: readonly number[], b: readonly number[]): Estimate => {
  const differences = a.map((value, index) => value - (b[index] ?? Number.NaN));
  return estimate(differences, (indices) => mean(indices, (index) => differences[index]) ?? Number.NaN);
};

/**
 * What is saved of a cost: 1 − Σ costs / Σ base, the sums over the same seeds.
 *
 * @example
 * saving([1, 2], [2, 4]).value // 0.5
 */
export const saving = (costs: readonly number[], base: readonly number[]): Estimate => {
  const sum = (values: readonly number[], indices: readonly number[]): number =>
    indices.reduce((total, index) => total + (values[index] ?? Number.NaN), 0);
  const differences = base.map((value, index) => value - (costs[index] ?? Number.NaN));
  return estimate(differences, (indices) => 1 - sum(costs, indices) / sum(base, indices));
};
