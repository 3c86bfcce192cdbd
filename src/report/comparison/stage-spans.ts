/**
 * Where a contender's training stages lie along an axis, and what each cost, as means over the seeds. Pure numbers.
 */
import { mean } from 'd3-array';
import type { Axis, Band } from '../charts/loss-curve.js';
import { along } from './mean-curve.js';
import type { Trace } from './run-trace.js';

/** Stages that no run came to are left out. */
export const spansOf = (traces: readonly Trace[], axis: Axis): readonly Band[] => {
  const lasts = traces.map(({ training }) => new Map(training.map((seen) => [seen.stage, along(axis, seen)])));
  let from = 0;
  return (traces[0]?.stages ?? [])
    .filter(({ kind }) => kind === 'train')
    .flatMap(({ index, level, layers, op }): readonly Band[] => {
      const to = mean(lasts.flatMap((last) => last.get(index) ?? []));
      if (to === undefined) return [];
      const span = { from, to, level, layers, op };
      from = to;
      return [span];
    });
};
