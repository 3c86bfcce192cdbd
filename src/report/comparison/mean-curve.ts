/**
 * Loss over the seeds of a contender: mean and standard deviation along an axis, thinned for a picture. Pure numbers. Not here: how it looks
 * (`loss-bands-chart.ts`).
 */
import { deviation, mean } from 'd3-array';
import type { Axis } from '../loss-curve.js';
import type { Curve, Seen, Trace } from './trace.js';

export interface MeanPoint {
  readonly x: number;
  readonly mean: number;
  /** The mean less, and plus, one standard deviation over the seeds. */
  readonly low: number;
  readonly high: number;
}

/** More points than a picture has room for only make the file larger. */
export const MOST_POINTS = 200;

export const along = (axis: Axis, { step, flops }: Pick<Seen, 'step' | 'flops'>): number => (axis === 'steps' ? step : flops);

const point = (x: number, losses: readonly number[]): MeanPoint => {
  const middle = mean(losses) ?? Number.NaN;
  const spread = deviation(losses) ?? 0;
  return { x, mean: middle, low: middle - spread, high: middle + spread };
};

/** At evenly spaced places of the axis, what each run's curve last was; a smoothed loss changes little in between. */
const sampled = (runs: readonly (readonly Seen[])[], axis: Axis): readonly MeanPoint[] => {
  const longest = Math.max(...runs.map((seen) => seen.length));
  const count = Math.min(MOST_POINTS, longest);
  const from = Math.max(...runs.map(([first]) => (first === undefined ? 0 : along(axis, first))));
  const to = Math.min(...runs.map((seen) => along(axis, seen.at(-1) ?? { step: 0, flops: 0 })));
  const cursors = runs.map(() => 0);
  return Array.from({ length: count }, (_, index) => {
    const x = count === 1 ? to : from + ((to - from) * index) / (count - 1);
    const losses = runs.map((seen, run) => {
      let at = cursors[run] ?? 0;
      for (let next = seen[at + 1]; next !== undefined && along(axis, next) <= x * (1 + 1e-12); next = seen[at + 1]) at += 1;
      cursors[run] = at;
      return seen[at]?.loss ?? Number.NaN;
    });
    return point(x, losses);
  });
};

/** Evaluations come at the same steps in every seed, so they are averaged one by one. */
const evaluated = (runs: readonly (readonly Seen[])[], axis: Axis): readonly MeanPoint[] => {
  const count = Math.min(...runs.map((seen) => seen.length));
  const stride = Math.max(1, Math.ceil(count / MOST_POINTS));
  return Array.from({ length: count }, (_, index) => index)
    .filter((index) => index % stride === 0 || index === count - 1)
    .map((index) => {
      const at = runs.flatMap((seen) => seen[index] ?? []);
      return point(
        mean(at, (seen) => along(axis, seen)) ?? 0,
        at.map(({ loss }) => loss),
      );
    });
};

/** Points where some run has no loss (it diverged) are left out. */
export const meanCurve = (traces: readonly Trace[], curve: Curve, axis: Axis): readonly MeanPoint[] => {
  const runs = traces.map((trace) => trace[curve]).filter((seen) => seen.length > 0);
  if (runs.length === 0) return [];
  const points = curve === 'training' ? sampled(runs, axis) : evaluated(runs, axis);
  return points.filter((one) => Number.isFinite(one.mean) && Number.isFinite(one.low));
};
