/**
 * What is stated about a handful of paired samples, one a seed: a mean difference, a saving, each with its 95% interval. Pure. Not here: the test
 * and its inversion (`sign-flip.ts`), what is sampled (`pair.ts`).
 */
import { deviation, mean, sum } from 'd3-array';
import { chanceAbove, chanceBelow, highEnd, lowEnd, typicalValues } from './sign-flip.js';

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

/** A mean of paired differences. */
export interface Estimate {
  readonly value: number;
  /** Of 95%; absent with fewer than six samples. */
  readonly interval?: Interval;
  /** Of the sign-flip test. */
  readonly p: number;
  /** The interval leaves 0 out: the test is below 5%. */
  readonly shown: boolean;
}

const SIGNIFICANT = 0.05;

/** The mean difference a − b, seed by seed. */
export const pairedDifference = (a: readonly number[], b: readonly number[]): Estimate => {
  const differences = a.map((value, index) => value - (b[index] ?? Number.NaN));
  const values = typicalValues(differences);
  const [low, high] = [lowEnd(values), highEnd(values)];
  const p = Math.min(chanceAbove(values), chanceBelow(values));
  return {
    value: mean(differences) ?? Number.NaN,
    ...(low === undefined || high === undefined ? {} : { interval: { low, high } }),
    p,
    shown: p < SIGNIFICANT,
  };
};

/** What something took, as far as it is known. */
export interface Cost {
  readonly least: number;
  /** Absent where all that was spent was not enough. */
  readonly most?: number;
}

/** What is saved of a cost, as far as it is known: `least` and `most` are one where all costs are exact. */
export interface Saving {
  /** Absent where a cost has no upper bound. */
  readonly least?: number;
  readonly most: number;
  /** Of 95%; absent with fewer than six samples. It has no lower end where a cost that counts for it has no upper bound. */
  readonly interval?: { readonly low?: number; readonly high: number };
  /** Of the sign-flip test, for the claim that can be made: of costs in the bounds, those that speak most against it. */
  readonly p: number;
  /** The interval leaves 0 out: the test is below 5%. */
  readonly shown: boolean;
}

const most = ({ most: bound = Number.POSITIVE_INFINITY }: Cost): number => bound;
const least = ({ least: bound }: Cost): number => bound;

/**
 * What is saved of a cost: 1 − Σ costs / Σ base, the sums over the same seeds. Where costs are known within bounds, so is the saving: the lower
 * end of its interval is that of the dearest costs beside the cheapest base, the upper end the other way round.
 *
 * @example
 * saving([{ least: 1, most: 1 }, { least: 2, most: 2 }], [{ least: 2, most: 2 }, { least: 4, most: 4 }]).least // 0.5
 */
export const saving = (costs: readonly Cost[], base: readonly Cost[]): Saving => {
  const bound = (of: readonly number[], by: readonly number[]) => {
    const saved = by.map((value, index) => value - (of[index] ?? Number.NaN));
    return { value: sum(saved) / sum(by), values: typicalValues(saved, by) };
  };
  const worst = bound(costs.map(most), base.map(least));
  const best = bound(costs.map(least), base.map(most));
  const [low, high] = [lowEnd(worst.values), highEnd(best.values)];
  const p = Math.min(chanceAbove(worst.values), chanceBelow(best.values));
  return {
    ...(Number.isFinite(worst.value) ? { least: worst.value } : {}),
    most: best.value,
    ...(high === undefined ? {} : { interval: { ...(low === undefined || !Number.isFinite(low) ? {} : { low }), high } }),
    p,
    shown: p < SIGNIFICANT,
  };
};
