/** What the runs of a comparison did not train again, in a sentence. Figures count what was reused like any other training: it is what a run costs alone. */
import { counted, quantity } from '../table/format.js';
import type { Trace } from './run-trace.js';

/**
 * @example
 * reuseNotes(traces) // ['9 of 10 runs began with what another one (of 1 run) had trained: 1.20 of 2.40 TFLOP were not trained again.']
 */
export const reuseNotes = (traces: readonly Pick<Trace, 'flops' | 'reused'>[]): readonly string[] => {
  const reused = traces.flatMap((trace) => (trace.reused === undefined ? [] : [trace.reused]));
  if (reused.length === 0) return [];
  const runs = new Set(reused.map(({ run }) => run)).size;
  const total = (flops: readonly number[]): string =>
    quantity(
      flops.reduce((sum, each) => sum + each, 0),
      'FLOP',
    );
  const [again, all] = [total(reused.map(({ flops }) => flops)), total(traces.map(({ flops }) => flops))];
  return [
    `${reused.length} of ${counted(traces.length, 'run')} began with states that ${counted(runs, 'run')} had kept: ${again} of ${all} were not trained again. All figures count them.`,
  ];
};
