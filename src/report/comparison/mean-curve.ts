/**
 * Loss over the seeds of a contender: mean and standard deviation along an axis, thinned for a picture. Only numbers. Not here: how it looks
 * (`loss-bands-chart.ts`).
 */
import { deviation, mean } from 'd3-array';
import type { Axis } from '../charts/loss-curve.js';
import type { Curve, Seen, Trace } from './run-trace.js';

export interface MeanPoint {
  readonly x: number;
  readonly mean: number;
  /** The mean minus one standard deviation over the seeds; `high` is the mean plus one. */
  readonly low: number;
  readonly high: number;
}

/** More points than the picture has room for would only make the file larger. */
export const MOST_POINTS = 200;

export const along = (axis: Axis, { step, flops }: Pick<Seen, 'step' | 'flops'>): number => (axis === 'steps' ? step : flops);

const point = (x: number, losses: readonly number[]): MeanPoint => {
  const middle = mean(losses) ?? Number.NaN;
  const spread = deviation(losses) ?? 0;
  return { x, mean: middle, low: middle - spread, high: middle + spread };
};

/** Between a point inside and one outside the picture, the point where the mean crosses a limit. */
const passing = (inside: MeanPoint, outside: MeanPoint, limit: number): MeanPoint => {
  const share = (limit - inside.mean) / (outside.mean - inside.mean);
  const at = (key: keyof MeanPoint): number => inside[key] + share * (outside[key] - inside[key]);
  return { x: at('x'), mean: limit, low: at('low'), high: at('high') };
};

/**
 * A curve clipped to a picture of losses from `low` to `high`: it begins and ends at the picture's edge, and so does its band. The renderer could clip
 * it, too, but it first fills everything outside, which takes seconds if a curve begins high above the others.
 */
export const cutTo = (points: readonly MeanPoint[], low: number, high: number): readonly MeanPoint[] => {
  const limitOf = ({ mean: loss }: MeanPoint): number | undefined => (loss > high ? high : loss < low ? low : undefined);
  const edge = (inside: MeanPoint, next: MeanPoint | undefined): readonly MeanPoint[] => {
    const limit = next === undefined ? undefined : limitOf(next);
    return next === undefined || limit === undefined ? [] : [passing(inside, next, limit)];
  };
  return points
    .flatMap((one, index) => (limitOf(one) === undefined ? [...edge(one, points[index - 1]), one, ...edge(one, points[index + 1])] : []))
    .map((one) => ({ ...one, low: Math.max(low, one.low), high: Math.min(high, one.high) }));
};

/** The latest value of each run's curve at evenly spaced points of the axis; a smoothed loss changes little in between. */
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

/** Evaluations are at the same steps for every seed, so they are averaged one by one. */
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

/** Points where some run has no loss, because it diverged, are left out. */
export const meanCurve = (traces: readonly Trace[], curve: Curve, axis: Axis): readonly MeanPoint[] => {
  const runs = traces.map((trace) => trace[curve]).filter((seen) => seen.length > 0);
  if (runs.length === 0) return [];
  const points = curve === 'training' ? sampled(runs, axis) : evaluated(runs, axis);
  return points.filter((one) => Number.isFinite(one.mean) && Number.isFinite(one.low));
};
