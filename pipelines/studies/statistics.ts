/**
 * The statistics of the studies: means over seeds with standard errors, differences paired by seed with bootstrap intervals, FLOPs to reach a
 * loss. Pure. Not here: which arms are compared with which (`summarise.ts`).
 */
import { deviation, mean, quantileSorted } from 'd3-array';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Estimate {
  readonly mean: number;
  /** Of the mean; 0 for a single value. */
  readonly standardError: number;
}

export const estimate = (values: readonly number[]): Estimate => ({
  mean: mean(values) ?? Number.NaN,
  standardError: (deviation(values) ?? 0) / Math.sqrt(values.length),
});

const RESAMPLES = 10_000;

/**
 * 95% percentile bootstrap over seeds (Efron & Tibshirani 1993, ch. 13) of a statistic of the seeds' values.
 *
 * @param statistic of resampled indices into the seeds.
 */
export const bootstrap = (seeds: number, statistic: (drawn: readonly number[]) => number): readonly [number, number] => {
  const generator = xoroshiro128plus(1);
  const values = Array.from({ length: RESAMPLES }, () =>
    statistic(Array.from({ length: seeds }, () => uniformInt(generator, 0, seeds - 1))),
  ).sort((a, b) => a - b);
  return [quantileSorted(values, 0.025) ?? Number.NaN, quantileSorted(values, 0.975) ?? Number.NaN];
};

/** The curve's points: training FLOPs and validation loss. */
export type Curve = readonly (readonly [number, number])[];

/** FLOPs at which a curve first is at `loss` or below, between two points by a straight line; undefined where it never is. */
export const flopsToReach = (curve: Curve, loss: number): number | undefined => {
  let [earlier, above] = [0, Number.POSITIVE_INFINITY];
  for (const [flops, value] of curve) {
    if (value <= loss) return Number.isFinite(above) ? earlier + ((flops - earlier) * (above - loss)) / (above - value) : flops;
    [earlier, above] = [flops, value];
  }
  return undefined;
};
