/**
 * The picture of losses over seeds as a Vega-Lite specification: the mean loss and its standard deviation, and the pipelines' stages in a strip
 * under the axis. Not here: drawing (`../charts/plots.ts`), the page (`report-page.ts`), the loss of one run (`../charts/loss-chart.ts`).
 */
import type { TopLevelSpec } from 'vega-lite';
import type { Axis, Band } from '../charts/loss-curve.js';
import { AXES, boundaries, labelled, type Piece, scaleOver, stretched } from '../charts/stage-pieces.js';
import type { View } from '../charts/views.js';
import { counted, LOSS_LABELS } from '../table/format.js';
import type { Entrant } from './comparison.js';
import { CHARACTER, type ComparisonLook, config, DASHES, depthLabels, HUES, INK, LINES, stagePiece } from './look.js';
import { cutTo, type MeanPoint, meanCurve } from './mean-curve.js';
import type { Curve } from './run-trace.js';
import { spansOf } from './stage-spans.js';

const STRIP = 18;

/** Excludes the first losses, which are the same in all runs and would compress everything else at the bottom. */
const domainOf = (
  points: readonly { readonly x: number; readonly mean: number; readonly low: number; readonly high: number }[],
  end: number,
): readonly [low: number, high: number] => {
  const late = points.filter(({ x }) => x >= 0.06 * end);
  const seen = late.length > 1 ? late : points;
  if (seen.length === 0) return [0, 1];
  const low = Math.min(...seen.map((point) => point.low));
  const high = Math.max(...seen.map((point) => point.mean));
  const margin = 0.04 * (high - low) || 0.1;
  return [Math.max(0, low - margin), high + margin];
};

const strokeWidthOf = (role: Entrant['role']): number => (role === 'pipeline' ? 2.6 : 1.5);

/** A legend with the dashes, because Vega's own shows only the colours of the bands. */
const legendOf = (entrants: readonly Entrant[], { width, columns }: ComparisonLook) => {
  const column = width / columns;
  return entrants.map(({ name, role }, index) => {
    const from = (index % columns) * column;
    const room = Math.floor((column - 46) / CHARACTER);
    return {
      name,
      from,
      to: from + 32,
      text: from + 39,
      row: Math.floor(index / columns),
      width: strokeWidthOf(role),
      label: name.length > room ? `${name.slice(0, room - 1)}…` : name,
    };
  });
};

/** What is drawn: the contenders' curves, the end of each, and the stages of those that are pipelines. */
interface Drawing {
  readonly entrants: readonly Entrant[];
  readonly curve: Curve;
  readonly axis: Axis;
  readonly look: ComparisonLook;
  readonly curves: readonly { readonly name: string; readonly role: Entrant['role']; readonly points: readonly MeanPoint[] }[];
  readonly stages: readonly { readonly name: string; readonly spans: readonly Band[] }[];
  /** The end of the axes. */
  readonly end: number;
  readonly losses: readonly [low: number, high: number];
}

const drawingOf = (entrants: readonly Entrant[], curve: Curve, axis: Axis, look: ComparisonLook): Drawing => {
  const curves = entrants.map(({ name, role, traces }) => ({ name, role, points: meanCurve(traces, curve, axis) }));
  const all = curves.flatMap(({ points }) => points);
  const stages = entrants.filter(({ role }) => role === 'pipeline').map(({ name, traces }) => ({ name, spans: spansOf(traces, axis) }));
  // If all runs diverged there are stages, but no losses to draw.
  const end = Math.max(1, ...all.map(({ x }) => x), ...stages.flatMap(({ spans }) => spans.map(({ to }) => to)));
  return { entrants, curve, axis, look, curves, stages, end, losses: domainOf(all, end) };
};

const pointsIn = ({ curves, losses: [low, high] }: Drawing) =>
  curves.flatMap(({ name, role, points }) => cutTo(points, low, high).map((point) => ({ name, width: strokeWidthOf(role), ...point })));

/** A dot at each contender's end, unless it is outside the picture; hollow for baselines. */
const endsIn = ({ curves, losses: [low, high] }: Drawing) =>
  curves.flatMap(({ name, role, points }) => {
    const last = points.at(-1);
    const shown = last !== undefined && low <= last.mean && last.mean <= high;
    return shown ? [{ name, ...last, fill: role === 'pipeline' ? '#222222' : '#ffffff' }] : [];
  });

/** The stages of the pipelines as pieces of a strip, lighter for deeper networks. */
const piecesIn = ({ entrants, stages, end, look }: Drawing) => {
  const deepest = Math.max(1, ...entrants.flatMap(({ traces: [trace] }) => (trace?.stages ?? []).map(({ layers }) => layers)));
  return stages.flatMap(({ name, spans }) =>
    spans.map((span) => {
      const labels = [...(stages.length > 1 ? [`${name}: ${counted(span.layers, 'layer')}`] : []), ...depthLabels(span.layers)];
      return { name, ...stagePiece(span, deepest, labels, end, look.width) };
    }),
  );
};

const along = (drawing: Drawing) =>
  ({
    field: 'x',
    type: 'quantitative',
    scale: scaleOver(0, drawing.end),
    title: AXES[drawing.axis].title,
    axis: { labelExpr: AXES[drawing.axis].labels, grid: false, tickCount: Math.ceil(drawing.look.width / 90) },
  }) as const;

const lossIn = ({ curve, losses }: Drawing) =>
  ({
    type: 'quantitative',
    scale: scaleOver(...losses),
    title: `${curve} loss (nats per token)`,
    axis: { labelExpr: LOSS_LABELS },
  }) as const;

/** Contenders differ in hue and in dashes. */
const hue = ({ entrants }: Drawing) =>
  ({
    field: 'name',
    type: 'nominal',
    scale: { domain: entrants.map(({ name }) => name), range: [...HUES] },
    legend: null,
  }) as const;
const dashes = ({ entrants }: Drawing) =>
  ({
    field: 'name',
    type: 'nominal',
    scale: { domain: entrants.map(({ name }) => name), range: DASHES.map((dash) => [...dash]) },
    legend: null,
  }) as const;

const curvesView = (drawing: Drawing, pieces: readonly Piece[]): View => {
  const [x, y, color] = [along(drawing), lossIn(drawing), hue(drawing)];
  const points = pointsIn(drawing);
  return {
    width: drawing.look.width,
    height: drawing.look.height,
    layer: [
      boundaries(pieces, along(drawing), LINES),
      {
        data: { values: points },
        mark: { type: 'area', opacity: 0.16 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        data: { values: points },
        mark: { type: 'line', strokeJoin: 'round' },
        encoding: {
          x,
          y: { ...y, field: 'mean' },
          color,
          strokeDash: dashes(drawing),
          strokeWidth: { field: 'width', type: 'quantitative', scale: null },
        },
      },
      {
        data: { values: endsIn(drawing) },
        mark: { type: 'point', filled: true, size: 34, strokeWidth: 1.6, opacity: 1 },
        encoding: {
          x,
          y: { ...y, field: 'mean' },
          fill: { field: 'fill', type: 'nominal', scale: null },
          stroke: { ...color, legend: null },
        },
      },
    ],
  };
};

const strip = (drawing: Drawing, pieces: Piece[]): View => {
  const place = { scale: scaleOver(0, drawing.end), axis: null };
  const y = { field: 'name', type: 'nominal', sort: null, title: null, axis: null } as const;
  return {
    width: drawing.look.width,
    height: STRIP * Math.max(1, drawing.stages.length),
    data: { values: pieces },
    layer: [
      { mark: { type: 'rect', stroke: LINES, strokeWidth: 0.6 }, encoding: { ...stretched(place), y } },
      { mark: { type: 'text', fontSize: 11, color: INK, baseline: 'middle' }, encoding: { ...labelled(place), y } },
    ],
  };
};

const legendView = (drawing: Drawing): View => {
  const { entrants, look } = drawing;
  const pixels = { type: 'quantitative' as const, scale: scaleOver(0, look.width), axis: null };
  const row = { field: 'row', type: 'ordinal', axis: null } as const;
  return {
    width: look.width,
    height: STRIP * Math.ceil(entrants.length / look.columns),
    view: { stroke: null },
    data: { values: legendOf(entrants, look) },
    layer: [
      {
        mark: { type: 'rule' },
        encoding: {
          x: { ...pixels, field: 'from' },
          x2: { field: 'to' },
          y: row,
          color: hue(drawing),
          strokeDash: dashes(drawing),
          strokeWidth: { field: 'width', type: 'quantitative', scale: null },
        },
      },
      {
        mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: 12, color: INK },
        encoding: { x: { ...pixels, field: 'text' }, y: row, text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
};

/** Loss against steps or FLOPs: the paper's Figures 1 and 2, for any contenders. */
export const comparisonChart = (entrants: readonly Entrant[], curve: Curve, axis: Axis, look: ComparisonLook): TopLevelSpec => {
  const drawing = drawingOf(entrants, curve, axis, look);
  const pieces = piecesIn(drawing);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: '#ffffff',
    padding: 4,
    spacing: 4,
    vconcat: [curvesView(drawing, pieces), strip(drawing, pieces), legendView(drawing)],
    config,
  };
};
