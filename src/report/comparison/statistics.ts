/**
 * Statistics of a few paired samples, one for each seed: a mean difference or a saving, with its 95% interval. Pure functions. Not here: the test and its
 * inversion (`sign-flip.ts`), what is sampled (`pair.ts`).
 */
import { deviation, mean, sum } from 'd3-array';
import { chanceAbove, chanceBelow, highEnd, lowEnd, typicalValues } from './sign-flip.js';

export interface Average {
  readonly mean: number;
  /** The standard error of the mean; 0 for a single sample. */
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

/** A cost, as far as it is known. */
export interface Cost {
  readonly least: number;
  /** Absent if everything that was spent was not enough. */
  readonly most?: number;
}

/** The saved share of a cost, as far as it is known: `least` and `most` are equal if all costs are exact. */
export interface Saving {
  /** Absent if a cost has no upper bound. */
  readonly least?: number;
  readonly most: number;
  /** The 95% interval; absent with fewer than six samples. It has no lower end if a cost that determines it has no upper bound. */
  readonly interval?: { readonly low?: number; readonly high: number };
  /** The p-value of the sign-flip test for the claim that can be made, with the costs within the bounds that are least favourable to it. */
  readonly p: number;
  /** The interval leaves 0 out: the test is below 5%. */
  readonly shown: boolean;
}

const most = ({ most: bound = Number.POSITIVE_INFINITY }: Cost): number => bound;
const least = ({ least: bound }: Cost): number => bound;

/**
 * The saved share of a cost: 1 − Σ costs / Σ base, with sums over the same seeds. If only bounds of the costs are known, so are those of the saving: the
 * lower end of its interval is that of the largest costs and the smallest base, the upper end the reverse.
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
