/**
 * A search as data, which can be written as JSON: every candidate with its losses, the rungs, what was planned and spent, and the best pipeline. Not here:
 * its table (`search-sheet.ts`), its picture (`search-chart.ts`), who survives a rung (`src/search/halving.ts`).
 */
import { deviation } from 'd3-array';
import type { Schedule } from '../../schedule/schedule.js';
import { type Bindings, print } from '../../schedule/text/index.js';
import type { Budget, Candidate, Drawn } from '../../search/candidates.js';
import { byLoss, meanLoss } from '../../search/halving.js';
import type { Range } from '../../search/ranges.js';
import { finalLoss, type Trace } from '../comparison/run-trace.js';

/** A candidate with its runs, one for each seed of the rungs that it reached. */
export interface Tried extends Candidate {
  readonly traces: readonly Trace[];
}

export interface Standing {
  readonly values: Bindings;
  readonly text: string;
  /** FLOPs of one run, as planned. */
  readonly flops: number;
  /** The rung that it reached, from 1. */
  readonly rung: number;
  /** Validation losses, in the order of the seeds; null in JSON for a run that diverged. */
  readonly losses: readonly number[];
  readonly mean: number;
  /** The sample standard deviation; absent for one seed, and where a run diverged. */
  readonly deviation?: number;
}

export interface SearchResult {
  /** What all runs computed on. */
  readonly backend: string;
  readonly device: string;
  /** Bytes of the text per token, where losses are measured; absent for random tokens. */
  readonly bytesPerToken?: number;
  readonly budget: Budget;
  readonly seeds: readonly number[];
  readonly ranges: readonly Range[];
  readonly drawSeed: number;
  /** How many candidates each rung ran. */
  readonly rungs: readonly number[];
  /** FLOPs that all rungs would have taken if the most expensive candidates had survived each. */
  readonly reserved: number;
  /** FLOPs of the runs that were done: as planned, as counted in them, and what was trained, which is less where runs began with states of others. */
  readonly planned: number;
  readonly counted: number;
  readonly trained: number;
  readonly tooExpensive: number;
  /** Whether every combination that is not too expensive was run. */
  readonly exhausted: boolean;
  /** Those that reached the last rung first, each rung's best first. */
  readonly standings: readonly Standing[];
  /** The first of them; its seed is the first one. */
  readonly best: Standing & { readonly schedule: Schedule };
}

export const lossesOf = ({ traces }: Pick<Tried, 'traces'>): readonly number[] => traces.map((trace) => finalLoss(trace, 'validation'));

const standingOf = (tried: Tried): Standing => {
  const losses = lossesOf(tried);
  const spread = losses.every(Number.isFinite) ? deviation(losses) : undefined;
  return {
    values: tried.values,
    text: print(tried.schedule.stages),
    flops: tried.flops,
    rung: losses.length,
    losses,
    mean: meanLoss({ losses }),
    ...(spread === undefined ? {} : { deviation: spread }),
  };
};

const ranked = (all: readonly Tried[]): readonly Tried[] => {
  const rungs = [...new Set(all.map(({ traces }) => traces.length))].sort((a, b) => b - a);
  return rungs.flatMap((rung) =>
    byLoss(all.filter(({ traces }) => traces.length === rung).map((tried) => ({ ...tried, losses: lossesOf(tried) }))),
  );
};

const total = (all: readonly Tried[], of: (trace: Trace, tried: Tried) => number): number =>
  all.reduce((sum, tried) => sum + tried.traces.reduce((inner, trace) => inner + of(trace, tried), 0), 0);

/** What a search was asked. */
export type Asked = Pick<SearchResult, 'budget' | 'seeds' | 'ranges' | 'drawSeed'>;

/** What its runs compute on, and measure. */
export type Computing = Pick<SearchResult, 'backend' | 'device' | 'bytesPerToken'>;

/** Undefined: every candidate of the last rung diverged. */
export const searchResult = (
  asked: Asked,
  computing: Computing,
  { reserved, tooExpensive, exhausted }: Omit<Drawn, 'candidates'>,
  all: readonly Tried[],
): SearchResult | undefined => {
  const tried = ranked(all);
  const [best] = tried;
  const standings = tried.map(standingOf);
  const [first] = standings;
  if (best === undefined || first === undefined || !Number.isFinite(first.mean)) return undefined;
  return {
    ...computing,
    ...asked,
    rungs: asked.seeds.map((_, rung) => all.filter(({ traces }) => traces.length > rung).length),
    reserved,
    planned: total(all, (_, { flops }) => flops),
    counted: total(all, ({ flops }) => flops),
    trained: total(all, ({ flops, reused }) => flops - (reused?.flops ?? 0)),
    tooExpensive,
    exhausted,
    standings,
    best: { ...first, schedule: best.schedule },
  };
};
