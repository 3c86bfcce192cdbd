/**
 * Where a contender's training stages are on an axis, and what each cost, as means over the seeds. Only numbers.
 */
import { mean } from 'd3-array';
import { depthOf } from '../../schedule/grid.js';
import type { Axis, Band } from '../charts/loss-curve.js';
import { along } from './mean-curve.js';
import type { Trace } from './run-trace.js';

/** Stages that no run reached are omitted. */
export const spansOf = (traces: readonly Trace[], axis: Axis): readonly Band[] => {
  const lasts = traces.map(({ training }) => new Map(training.map((seen) => [seen.stage, along(axis, seen)])));
  let from = 0;
  return (traces[0]?.stages ?? [])
    .filter(({ kind }) => kind === 'train')
    .flatMap((stage): readonly Band[] => {
      const { index, level, op } = stage;
      const to = mean(lasts.flatMap((last) => last.get(index) ?? []));
      if (to === undefined) return [];
      const span = { from, to, level, layers: depthOf(stage), op };
      from = to;
      return [span];
    });
};
