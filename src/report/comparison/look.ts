/**
 * The look of a comparison's pictures. Contenders differ in dashes as well as in hue, and depths in grey, so that the pictures are readable in black and
 * white and with colour-blind eyes. Not here: what they show (`loss-bands-chart.ts`, `cost-chart.ts`).
 */
import type { TopLevelSpec } from 'vega-lite';
import type { Band } from '../charts/loss-curve.js';
import { configOf, type Piece, pieceOf } from '../charts/stage-pieces.js';
import { counted } from '../table/format.js';

export interface ComparisonLook {
  readonly width: number;
  readonly height: number;
  /** Columns of the legend. */
  readonly columns: number;
}

export const WIDE: ComparisonLook = { width: 620, height: 320, columns: 3 };
/** For a page as wide as a phone: a narrower picture, not a scaled one. */
export const NARROW: ComparisonLook = { width: 262, height: 250, columns: 1 };

/** Okabe and Ito's colours, and black; neighbours differ in lightness, too. There is one colour fewer than dashes, so that there are 56 distinct pairs. */
export const HUES = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#000000', '#56B4E9', '#E69F00'] as const;
export const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [7, 3],
  [2, 2],
  [8, 3, 2, 3],
  [4, 2],
  [12, 3],
  [2, 5],
  [9, 2, 2, 2, 2, 2],
];

export const INK = '#222222';
export const LINES = '#999999';
/** Average width of a character, in pixels. */
export const CHARACTER = 6;
export const config: NonNullable<TopLevelSpec['config']> = {
  ...configOf({ ink: INK, lines: LINES, grid: '#e3e3e3' }, { titleFontSize: 12, labelFontSize: 11 }),
  view: { stroke: LINES, strokeWidth: 0.6 },
};

/** Labels for a stage's network on its piece of a strip or bar, the longest first. */
export const depthLabels = (layers: number): readonly string[] => [counted(layers, 'layer'), String(layers)];

/** A stage's piece in a grey that is lighter for deeper networks, with the longest label that fits if the axis is `width` pixels long. */
export const stagePiece = (stage: Band, deepest: number, labels: readonly string[], end: number, width: number): Piece => {
  const lightness = Math.round(140 + (115 * stage.layers) / Math.max(1, deepest));
  const room = ((stage.to - stage.from) / end) * width - 4;
  const label = labels.find((each) => each.length * CHARACTER <= room) ?? '';
  return pieceOf(stage, `rgb(${lightness}, ${lightness}, ${lightness})`, label);
};
