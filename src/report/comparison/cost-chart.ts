/** The picture of what each contender costs, stage by stage, as a Vega-Lite specification. Not here: drawing (`../charts/plots.ts`). */
import type { TopLevelSpec } from 'vega-lite';
import { AXES, labelled, scaleOver, stretched } from '../charts/stage-pieces.js';
import type { Entrant } from './comparison.js';
import { type ComparisonLook, config, depthLabels, INK, LINES, stagePiece } from './look.js';
import { spansOf } from './stage-spans.js';

/** FLOPs by training stage, with a bar for each contender; the deeper the network of a stage, the lighter its colour. */
export const costChart = (entrants: readonly Entrant[], { width }: ComparisonLook): TopLevelSpec => {
  const bars = entrants.map(({ name, traces }) => ({ name, spans: spansOf(traces, 'flops') }));
  const end = Math.max(1, ...bars.flatMap(({ spans }) => spans.map(({ to }) => to)));
  const deepest = Math.max(1, ...bars.flatMap(({ spans }) => spans.map(({ layers }) => layers)));
  const scale = scaleOver(0, end);
  const values = bars.flatMap(({ name, spans }) =>
    spans.map((span) => ({ name, ...stagePiece(span, deepest, depthLabels(span.layers), end, width) })),
  );
  const y = { field: 'name', type: 'nominal', sort: null, title: null } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: '#ffffff',
    padding: 4,
    width: Math.max(160, width - 110),
    height: { step: 24 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', stroke: LINES, strokeWidth: 0.8, height: 18 },
        encoding: {
          ...stretched({
            scale,
            title: AXES.flops.title,
            axis: { labelExpr: AXES.flops.labels, tickCount: Math.ceil(width / 110) },
          }),
          y: { ...y, axis: { labelLimit: 130 } },
        },
      },
      {
        mark: { type: 'text', fontSize: 11, color: INK, baseline: 'middle' },
        encoding: { ...labelled({ scale }), y },
      },
    ],
    config,
  };
};
