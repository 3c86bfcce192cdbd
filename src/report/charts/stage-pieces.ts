/**
 * What the pictures of one run and of several have in common: their axes and fonts, and training stages as pieces of a strip or a bar.
 * Not here: what a picture shows (`loss-chart.ts`, `../comparison/loss-bands-chart.ts`, `../comparison/cost-chart.ts`).
 */
import type { TopLevelSpec } from 'vega-lite';
import type { Axis, Band } from './loss-curve.js';
import type { Layer } from './views.js';

export const AXES: Readonly<Record<Axis, { readonly title: string; readonly labels: string }>> = {
  steps: { title: 'training steps', labels: "format(datum.value, ',')" },
  flops: { title: 'training FLOPs (matrix products)', labels: "datum.value === 0 ? '0' : format(datum.value, '~s')" },
};

/** The axes' colours. */
export interface Colours {
  readonly ink: string;
  readonly lines: string;
  readonly grid: string;
}

export const configOf = ({ ink, lines, grid }: Colours, sizes: object): NonNullable<TopLevelSpec['config']> => ({
  font: "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif",
  axis: {
    labelColor: ink,
    titleColor: ink,
    titleFontWeight: 'normal',
    gridColor: grid,
    domainColor: lines,
    tickColor: lines,
    ...sizes,
  },
});

export const scaleOver = (from: number, to: number): { domain: number[]; nice: boolean } => ({ domain: [from, to], nice: false });

/** A stage as drawn. */
export type Piece = Band & { readonly label: string; readonly fill: string; readonly middle: number };

export const pieceOf = (band: Band, fill: string, label: string): Piece => ({ ...band, label, fill, middle: (band.from + band.to) / 2 });

/** Draws each piece from its beginning to its end. */
export const stretched = <X extends object>(x: X) =>
  ({
    x: { field: 'from', type: 'quantitative', ...x },
    x2: { field: 'to' },
    fill: { field: 'fill', type: 'nominal', scale: null },
  }) as const;

/** Writes each piece's label in its middle. */
export const labelled = <X extends object>(x: X) =>
  ({
    x: { field: 'middle', type: 'quantitative', ...x },
    text: { field: 'label', type: 'nominal' },
  }) as const;

/** Draws a line where one stage follows another, on the given horizontal axis. */
export const boundaries = (bands: readonly Band[], x: object, color: string): Layer => ({
  data: { values: bands.filter(({ from }) => from > 0).map(({ from }) => ({ x: from })) },
  mark: { type: 'rule', color, strokeDash: [2, 3], strokeWidth: 1 },
  encoding: { x: { field: 'x', type: 'quantitative', ...x } },
});
