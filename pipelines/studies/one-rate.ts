/**
 * The best learning rate of each depth under both parametrisations, from the losses by seed in `results/one-rate-*.json` (`summarise.ts`). Not
 * here: the picture (`one-rate-picture.ts`).
 */
import { readFileSync } from 'node:fs';
import { group, least, mean } from 'd3-array';
import { averageOf } from '../../src/report/comparison/statistics.js';
import { ONE_RATE_PEAK } from './settings.js';

export const PARAMETRISATIONS = ['standard', 'completeP'] as const;

/** One depth at one rate. */
export interface AtRate {
  readonly parametrisation: (typeof PARAMETRISATIONS)[number];
  readonly layers: number;
  readonly rate: number;
  /** Final validation losses by seed. */
  readonly losses: readonly number[];
}

interface Stored {
  readonly arms: readonly { readonly arm: string; readonly losses: readonly number[] }[];
}

/** The study's results. */
export const oneRateResults = (): readonly AtRate[] =>
  PARAMETRISATIONS.flatMap((parametrisation) => {
    const { arms } = JSON.parse(readFileSync(`pipelines/studies/results/one-rate-${parametrisation}.json`, 'utf8')) as Stored;
    return arms.map(({ arm, losses }): AtRate => {
      const [, layers = '', factor = ''] = /^(\d+) layers, rate ×([\d.]+)$/.exec(arm) ?? [];
      return { parametrisation, layers: Number(layers), rate: ONE_RATE_PEAK * Number(factor), losses };
    });
  });

/** For each parametrisation and depth its rates. */
export const byDepth = (results: readonly AtRate[]): readonly (readonly AtRate[])[] => [
  ...group(results, ({ parametrisation, layers }) => `${parametrisation} ${layers}`).values(),
];

/** The rate of the lowest mean loss. */
export const bestOf = (rates: readonly AtRate[]): AtRate => {
  const best = least(rates, ({ losses }) => mean(losses) ?? Number.NaN);
  if (best === undefined) throw new Error('a depth has at least one rate');
  return best;
};

/** The rate of a parametrisation at which the mean loss over all depths is lowest, of those that every depth was trained at. */
export const oneRateFor = (results: readonly AtRate[], parametrisation: AtRate['parametrisation']): number => {
  const own = results.filter((each) => each.parametrisation === parametrisation);
  const depths = new Set(own.map(({ layers }) => layers)).size;
  const rates = [...group(own, ({ rate }) => rate)].filter(([, of]) => of.length === depths);
  const best = least(rates, ([, of]) => mean(of, ({ losses }) => mean(losses) ?? Number.NaN) ?? Number.NaN);
  if (best === undefined) throw new Error(`there are no results of ${parametrisation}`);
  return best[0];
};

const shown = (losses: readonly number[]): string => {
  const { mean: middle, standardError } = averageOf(losses);
  return `${middle.toFixed(4)} ± ${standardError.toFixed(4)}`;
};

/** The rows of a table: for each depth its best rate, its loss there, and its loss at the one rate of its parametrisation. */
export const oneRateTable = (results: readonly AtRate[]): readonly string[] => [
  '| parametrisation | layers | best rate | loss there | its one rate | loss there |',
  '| --- | --: | --: | --- | --: | --- |',
  ...byDepth(results).map((rates) => {
    const { parametrisation, layers, rate, losses } = bestOf(rates);
    const one = oneRateFor(results, parametrisation);
    const atOne = rates.find((each) => each.rate === one)?.losses ?? [];
    return `| ${[parametrisation, layers, rate, shown(losses), one, shown(atOne)].join(' | ')} |`;
  }),
];
