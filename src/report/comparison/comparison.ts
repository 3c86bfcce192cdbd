/**
 * A comparison as data: the results of each contender, and how each pipeline compares with others. It can be written as JSON and read again, and holds
 * nothing that differs from one time to the next. Not here: measured seconds (`timings.ts`), its sentences (`verdict.ts`), tables (`sheets.ts`), page
 * (`report-page.ts`).
 */
import { deviation, mean, min } from 'd3-array';
import { firstGrid, type Grid, gridOf } from '../../schedule/grid.js';
import type { Schedule } from '../../schedule/schedule.js';
import { walk } from '../../schedule/walk/walk.js';
import { type Pair, pairOf } from './pair.js';
import { lastSteps } from './reach.js';
import { finalLoss, type Trace } from './run-trace.js';

/** A contender with its runs. */
export interface Entrant {
  readonly name: string;
  readonly role: 'pipeline' | 'baseline';
  /** The schedule with the chosen learning rate; its seed is that of any of the runs. */
  readonly schedule: Schedule;
  /** The chosen factor of the learning rate, if several were tried. */
  readonly rateFactor?: number;
  /** One trace for each seed, in the order of the comparison's seeds. */
  readonly traces: readonly Trace[];
}

export interface Spread {
  readonly mean: number;
  /** The sample standard deviation; undefined for one seed. */
  readonly deviation?: number;
}

/** The results of one run. */
export interface RunFigures {
  readonly seed: number;
  readonly steps: number;
  readonly flops: number;
  /** The loss at its end; null in JSON for a run that diverged, and the training loss also if a last transfer led to the network. */
  readonly training: number;
  readonly validation: number;
}

export interface Standing extends Omit<Entrant, 'traces'> {
  /** The network with which it ends, to which its losses belong. */
  readonly network: Grid;
  readonly steps: number;
  /** The number of last steps over which a training loss is averaged, and of steps with which a run ends on its finest network: the minimum over seeds. */
  readonly window: number;
  readonly lastSteps: number;
  readonly flops: number;
  readonly training: Spread;
  readonly validation: Spread;
  readonly diverged: number;
  /** In the order of the comparison's seeds. */
  readonly runs: readonly RunFigures[];
}

export interface Comparison {
  readonly seeds: readonly number[];
  readonly backend: string;
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly standings: readonly Standing[];
  readonly pairs: readonly Pair[];
  /** The factors of the learning rate that were tried, with a seed that is not among `seeds`; undefined if rates were not tuned. */
  readonly tuned?: { readonly factors: readonly number[]; readonly seed: number };
  readonly notes: readonly string[];
  /** UTF-8 bytes of the text per token; undefined for random tokens. */
  readonly bytesPerToken?: number;
}

const spread = (values: readonly number[]): Spread => {
  const sample = deviation(values);
  return { mean: mean(values) ?? Number.NaN, ...(sample === undefined ? {} : { deviation: sample }) };
};

const figuresOf = (trace: Trace): RunFigures => ({
  seed: trace.seed,
  steps: trace.training.at(-1)?.step ?? 0,
  flops: trace.flops,
  training: finalLoss(trace, 'training'),
  validation: finalLoss(trace, 'validation'),
});

const networkOf = (schedule: Schedule): Grid => {
  const last = walk(schedule).at(-1);
  return last === undefined ? firstGrid(schedule.setup.model) : gridOf(last);
};

const standing = ({ traces, ...entrant }: Entrant): Standing => ({
  ...entrant,
  network: networkOf(entrant.schedule),
  steps: Math.round(mean(traces, ({ training }) => training.at(-1)?.step ?? 0) ?? 0),
  window: min(traces, ({ window }) => window) ?? 0,
  lastSteps: min(traces, lastSteps) ?? 0,
  flops: mean(traces, ({ flops }) => flops) ?? 0,
  training: spread(traces.map((trace) => finalLoss(trace, 'training'))),
  validation: spread(traces.map((trace) => finalLoss(trace, 'validation'))),
  diverged: traces.filter(({ diverged }) => diverged).length,
  runs: traces.map(figuresOf),
});

/** @param opposed the names of the contenders to compare with each other. */
export const compareEntrants = (
  entrants: readonly Entrant[],
  opposed: readonly Pick<Pair, 'pipeline' | 'against'>[],
  conditions: Omit<Comparison, 'standings' | 'pairs'>,
): Comparison => {
  const traces = new Map(entrants.map((entrant) => [entrant.name, entrant.traces]));
  return {
    ...conditions,
    standings: entrants.map(standing),
    pairs: opposed.map((names) => pairOf(names, traces.get(names.pipeline) ?? [], traces.get(names.against) ?? [])),
  };
};
