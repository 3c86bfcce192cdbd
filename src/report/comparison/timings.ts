/**
 * What was measured while the runs of a comparison were carried out: seconds, and who ran the jobs. It differs from one time to the next, so it is kept
 * apart from the comparison, which is a function of the schedules, the data and the backend. Not here: losses and FLOPs (`comparison.ts`).
 */
import { mean } from 'd3-array';
import type { Entrant } from './comparison.js';
import { type Pair, timeSaved } from './pair.js';
import type { Curve, Trace } from './run-trace.js';
import type { Saving } from './statistics.js';

/** How the jobs were carried out. */
export interface Carried {
  readonly workers: number;
  /** What ran the jobs, where it was not workers on this machine. */
  readonly queue?: 'slurm';
  /** What of the jobs was not trained again, in sentences. */
  readonly notes: readonly string[];
}

export interface Timings extends Carried {
  readonly standings: readonly {
    readonly name: string;
    /** The mean of its runs. */
    readonly seconds: number;
    readonly runs: readonly { readonly seed: number; readonly seconds: number }[];
  }[];
  /** The saving of seconds of training steps, to the losses to which FLOPs are saved; absent where there is no such loss. */
  readonly pairs: readonly (Pick<Pair, 'pipeline' | 'against'> & Readonly<Partial<Record<Curve, Saving>>>)[];
}

/** @param opposed the names of the contenders that are compared with each other. */
export const timingsOf = (
  entrants: readonly Entrant[],
  opposed: readonly Pick<Pair, 'pipeline' | 'against'>[],
  carried: Carried,
): Timings => {
  const traces = new Map(entrants.map((entrant) => [entrant.name, entrant.traces]));
  const of = (name: string): readonly Trace[] => traces.get(name) ?? [];
  return {
    ...carried,
    standings: entrants.map(({ name, traces }) => ({
      name,
      seconds: mean(traces, ({ seconds }) => seconds) ?? 0,
      runs: traces.map(({ seed, seconds }) => ({ seed, seconds })),
    })),
    pairs: opposed.map(({ pipeline, against }) => {
      const [training, validation] = (['training', 'validation'] as const).map((curve) => timeSaved(of(pipeline), of(against), curve));
      return {
        pipeline,
        against,
        ...(training === undefined ? {} : { training }),
        ...(validation === undefined ? {} : { validation }),
      };
    }),
  };
};

/** How they were measured. */
export const methodOfTimings = ({ workers, queue, notes }: Timings): readonly string[] => [
  queue === undefined
    ? `Seconds were measured with ${workers === 1 ? 'one worker' : `${workers} workers side by side`}.`
    : 'Seconds were measured in jobs of Slurm, each on the node that it got, and beside whatever else ran there.',
  ...notes,
];
