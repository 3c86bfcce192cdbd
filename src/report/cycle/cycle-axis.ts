/** What the drawings of a cycle have in common: words for its levels and its cost, and the marks on the axis of work. */
import { ticks } from 'd3-array';
import { count, counted, percent, quantity } from '../table/format.js';
import type { CyclePath, LevelRow } from './cycle-path.js';

/** Such as `12 layers`, `2 → 4 layers` for one that grows, `12 layers × 64` where widths differ. */
export const rowWords = (row: LevelRow, varies: boolean): string => partsOf(row, varies, MOST_NUMBERS).join(' ');

/** The same on as many lines as it takes so that each has at most `room` characters, where that can be had. */
export const rowLines = (row: LevelRow, varies: boolean, room: number): readonly string[] => {
  const [whole, short] = [partsOf(row, varies, MOST_NUMBERS), partsOf(row, varies, 2)];
  const fit = (lines: readonly string[]): boolean => lines.every((line) => line.length <= room);
  return [[whole.join(' ')], whole].find(fit) ?? short;
};

/** More numbers than this are shortened to the first and the last. */
const MOST_NUMBERS = 3;
const shortened = (numbers: readonly number[], most: number): string =>
  numbers.length <= most ? numbers.join(' → ') : `${numbers[0]} → … → ${numbers.at(-1)}`;

const partsOf = ({ layers, widths }: LevelRow, varies: boolean, most: number): readonly string[] => {
  const depth = layers.length === 1 ? counted(layers[0] ?? 0, 'layer') : `${shortened(layers, most)} layers`;
  return varies ? [depth, `× ${shortened(widths, most)}`] : [depth];
};

/** Whether the network's width differs between levels. */
export const variesInWidth = (levels: readonly LevelRow[]): boolean => new Set(levels.flatMap(({ widths }) => widths)).size > 1;

/** Such as `4.47 TFLOP, 43.6% saved of as many fine steps`. */
export const costWords = ({ work, saving }: CyclePath): string => {
  const total = quantity(work, 'FLOP');
  if (saving === undefined || saving === 0) return total;
  return saving < 0
    ? `${total}, ${percent(-saving)} more than as many fine steps`
    : `${total}, ${percent(saving)} saved of as many fine steps`;
};

/** Round numbers of FLOPs up to the end, at most about `most` of them. */
export const marksOf = (end: number, most: number): readonly { readonly x: number; readonly text: string }[] =>
  ticks(0, Math.max(1, end), most).map((x) => ({ x, text: count(x) }));

/** A rate as it is written in a setup. */
export const rateWords = (rate: number): string => String(Number(rate.toPrecision(3)));
