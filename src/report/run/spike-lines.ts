/** What runs threw away after spikes, in sentences. Not here: what a spike is (`src/runner/events/spike-memory.ts`). */
import type { StageRecord } from '../../runner/events/events.js';
import type { OnSpike } from '../../schedule/schedule.js';
import { counted, flop } from '../table/format.js';

/**
 * Under the table of a run, one for each stage that returned.
 *
 * @example
 * // Spikes: train(400) returned twice; 212 steps (1.20 TFLOP) were thrown away, and are in no figure above.
 */
export const spikeLines = (stages: readonly StageRecord[]): readonly string[] =>
  stages.flatMap(({ op, thrown }) => {
    if (thrown === undefined) return [];
    const { returns, steps, flops } = thrown;
    const often = returns === 1 ? 'once' : returns === 2 ? 'twice' : `${returns} times`;
    return [
      `Spikes: ${op} returned ${often}; ${counted(steps, 'step')} (${flop(flops.matmul)}) thrown away, which no figure above counts.`,
    ];
  });

/** Under a plan. */
export const onSpikeLine = ({ factor, window, back }: OnSpike): string =>
  `Spikes: a loss ${factor} standard deviations above the mean of the last ${window} returns at least ${back} steps; what is thrown away comes on top.`;

/** Of the runs of a comparison, whose figures count it. */
export const spikeNotes = (runs: readonly { readonly thrown?: number }[]): readonly string[] => {
  const thrown = runs.flatMap((run) => run.thrown ?? []);
  if (thrown.length === 0) return [];
  const all = flop(thrown.reduce((sum, each) => sum + each, 0));
  return [`${counted(thrown.length, 'run')} of ${runs.length} returned from spikes: ${all} of training was thrown away. FLOPs count it.`];
};
