/**
 * The picture of losses over seeds as a Vega-Lite specification: mean loss and its standard deviation, the pipelines' stages in a strip
 * under the axis. Not here: drawing (`../charts/plots.ts`), the page (`page.ts`), the loss of one run (`../charts/loss-chart.ts`).
 */
import type { TopLevelSpec } from 'vega-lite';
import type { Axis } from '../charts/loss-curve.js';
import { counted, LOSS_LABELS } from '../table/format.js';
import type { Entrant } from './comparison.js';
import { AXES, CHARACTER, type ComparisonLook, config, DASHES, depthLabels, fitting, HUES, INK, LINES, shade } from './look.js';
import { cutTo, meanCurve } from './mean-curve.js';
import { spansOf } from './stage-spans.js';
import type { Curve } from './trace.js';

const STRIP = 18;

/** Cuts off the first losses, which are the same in all runs and would press everything else to the floor. */
const domainOf = (
  points: readonly { readonly x: number; readonly mean: number; readonly low: number; readonly high: number }[],
  end: number,
): readonly [low: number, high: number] => {
  const late = points.filter(({ x }) => x >= 0.06 * end);
  const seen = late.length > 1 ? late : points;
  if (seen.length === 0) return [0, 1];
  const low = Math.min(...seen.map((point) => point.low));
  const high = Math.max(...seen.map((point) => point.mean));
  const air = 0.04 * (high - low) || 0.1;
  return [Math.max(0, low - air), high + air];
};

/** Vega's own legend shows the bands' colour, without the dashes. */
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
      width: role === 'pipeline' ? 2.6 : 1.5,
      label: name.length > room ? `${name.slice(0, room - 1)}…` : name,
    };
  });
};

/** Loss against steps, or against FLOPs: the paper's Figures 1 and 2, for any contenders. */
export const comparisonChart = (entrants: readonly Entrant[], curve: Curve, axis: Axis, look: ComparisonLook): TopLevelSpec => {
  const names = entrants.map(({ name }) => name);
  const curves = entrants.map(({ name, role, traces }) => ({ name, role, points: meanCurve(traces, curve, axis) }));
  const all = curves.flatMap(({ points }) => points);
  const pipelines = entrants.filter(({ role }) => role === 'pipeline');
  const stages = pipelines.map(({ name, traces }) => ({ name, spans: spansOf(traces, axis) }));
  // Runs that all diverged have stages, and no losses that could be drawn.
  const end = Math.max(1, ...all.map(({ x }) => x), ...stages.flatMap(({ spans }) => spans.map(({ to }) => to)));
  const scale = { domain: [0, end], nice: false } as { domain: number[]; nice: boolean };
  const [low, high] = domainOf(all, end);
  const points = curves.flatMap(({ name, role, points: own }) =>
    cutTo(own, low, high).map((point) => ({ name, width: role === 'pipeline' ? 2.6 : 1.5, ...point })),
  );
  const ends = curves.flatMap(({ name, role, points: own }) => {
    const last = own.at(-1);
    const shown = last !== undefined && low <= last.mean && last.mean <= high;
    return shown ? [{ name, ...last, fill: role === 'pipeline' ? '#222222' : '#ffffff' }] : [];
  });
  const deepest = Math.max(1, ...entrants.flatMap(({ traces: [trace] }) => (trace?.stages ?? []).map(({ layers }) => layers)));
  const spans = stages.flatMap(({ name, spans: own }) =>
    own.map((span) => ({
      ...span,
      name,
      middle: (span.from + span.to) / 2,
      fill: shade(span.layers, deepest),
      label: fitting(
        [...(pipelines.length > 1 ? [`${name}: ${counted(span.layers, 'layer')}`] : []), ...depthLabels(span.layers)],
        ((span.to - span.from) / end) * look.width,
      ),
    })),
  );
  const boundaries = spans.filter(({ from }) => from > 0).map(({ from }) => ({ x: from }));
  const color = { field: 'name', type: 'nominal', scale: { domain: names, range: [...HUES] }, legend: null } as const;
  const strokeDash = {
    field: 'name',
    type: 'nominal',
    scale: { domain: names, range: DASHES.map((dash) => [...dash]) },
    legend: null,
  } as const;
  const x = {
    field: 'x',
    type: 'quantitative',
    scale,
    title: AXES[axis].title,
    axis: { labelExpr: AXES[axis].labels, grid: false, tickCount: Math.ceil(look.width / 90) },
  } as const;
  const y = {
    type: 'quantitative',
    scale: { domain: [low, high] as number[], nice: false },
    title: `${curve} loss (nats per token)`,
    axis: { labelExpr: LOSS_LABELS },
  } as const;
  const legend = legendOf(entrants, look);
  const pixels = { type: 'quantitative', scale: { domain: [0, look.width], nice: false }, axis: null } as {
    type: 'quantitative';
    scale: { domain: number[]; nice: boolean };
    axis: null;
  };
  const row = { field: 'row', type: 'ordinal', axis: null } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: '#ffffff',
    padding: 4,
    spacing: 4,
    vconcat: [
      {
        width: look.width,
        height: look.height,
        layer: [
          {
            data: { values: boundaries },
            mark: { type: 'rule', color: LINES, strokeDash: [2, 3], strokeWidth: 1 },
            encoding: { x },
          },
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
              strokeDash,
              strokeWidth: { field: 'width', type: 'quantitative', scale: null },
            },
          },
          {
            // Where each contender ends; hollow for baselines.
            data: { values: ends },
            mark: { type: 'point', filled: true, size: 34, strokeWidth: 1.6, opacity: 1 },
            encoding: {
              x,
              y: { ...y, field: 'mean' },
              fill: { field: 'fill', type: 'nominal', scale: null },
              stroke: { ...color, legend: null },
            },
          },
        ],
      },
      {
        width: look.width,
        height: STRIP * Math.max(1, pipelines.length),
        data: { values: spans },
        layer: [
          {
            mark: { type: 'rect', stroke: LINES, strokeWidth: 0.6 },
            encoding: {
              x: { field: 'from', type: 'quantitative', scale, axis: null },
              x2: { field: 'to' },
              y: { field: 'name', type: 'nominal', sort: null, title: null, axis: null },
              fill: { field: 'fill', type: 'nominal', scale: null },
            },
          },
          {
            mark: { type: 'text', fontSize: 11, color: INK, baseline: 'middle' },
            encoding: {
              x: { field: 'middle', type: 'quantitative', scale, axis: null },
              y: { field: 'name', type: 'nominal', sort: null, axis: null },
              text: { field: 'label', type: 'nominal' },
            },
          },
        ],
      },
      {
        width: look.width,
        height: STRIP * Math.ceil(entrants.length / look.columns),
        view: { stroke: null },
        data: { values: legend },
        layer: [
          {
            mark: { type: 'rule' },
            encoding: {
              x: { ...pixels, field: 'from' },
              x2: { field: 'to' },
              y: row,
              color,
              strokeDash,
              strokeWidth: { field: 'width', type: 'quantitative', scale: null },
            },
          },
          {
            mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: 12, color: INK },
            encoding: { x: { ...pixels, field: 'text' }, y: row, text: { field: 'label', type: 'nominal' } },
          },
        ],
      },
    ],
    config,
  };
};
