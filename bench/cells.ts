/**
 * Cells and rows of the table: the format of a number, and a row with a cell for each size. Not here: which rows there are (`rows.ts`,
 * `backend-rows.ts`).
 */
import { nameOf, SETTINGS, type Sizes } from './settings.js';

export interface BenchRow {
  readonly what: string;
  /** One for each of `SETTINGS`. */
  readonly cells: readonly string[];
  readonly target: string;
  /** Absent if there is no target, or nothing was measured. */
  readonly met?: boolean;
}

export const same = (a: Sizes, b: Sizes): boolean => nameOf(a) === nameOf(b);

export const milliseconds = (value: number): string =>
  value < 10 ? `${value.toPrecision(2)} ms` : `${value.toFixed(value < 100 ? 1 : 0)} ms`;
export const seconds = (value: number): string => `${(value / 1000).toFixed(2)} s`;
export const megabytes = (value: number): string => `${value.toFixed(0)} MB`;
export const rate = (value: number): string => `${(value / 1e9).toFixed(0)} GFLOP/s`;
export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 2 : 1)}%`;
export const times = (ratio: number): string => `${ratio.toFixed(2)}×`;

/** A row with a cell for each size, from the results at that size; an empty cell if there are none. */
export const row = <T extends { readonly sizes: Sizes }>(
  what: string,
  measured: readonly T[],
  cell: (value: T) => string,
  target?: { readonly text: string; readonly met: (value: T) => boolean | undefined },
): readonly BenchRow[] => {
  if (measured.length === 0) return [];
  const cells = SETTINGS.map(({ sizes }) => {
    const found = measured.find((value) => same(value.sizes, sizes));
    return found === undefined ? '' : cell(found);
  });
  const verdicts = measured.map((value) => target?.met(value)).filter((met) => met !== undefined);
  return [{ what, cells, target: target?.text ?? '', ...(verdicts.length === 0 ? {} : { met: verdicts.every((met) => met) }) }];
};
