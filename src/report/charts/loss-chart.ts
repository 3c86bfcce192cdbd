/**
 * The picture of a loss curve as a Vega-Lite specification: smoothed training loss, validation points, a strip that names the level of each stage, and
 * the stages' boundaries. The two series differ in shape and lightness as well as in hue, and the levels in grey, so that the picture is readable in
 * black and white and with colour-blind eyes. Not here: drawing (`plots.ts`).
 */
import type { TopLevelSpec } from 'vega-lite';
import { counted, LOSS_LABELS, percent } from '../table/format.js';
import { type ChartLook, onPaper } from './chart-look.js';
import type { Axis, Band, LossCurve } from './loss-curve.js';
import { AXES, boundaries, configOf, labelled, type Piece, pieceOf, scaleOver, stretched } from './stage-pieces.js';
import type { Layer, View } from './views.js';

export interface ChartText {
  /** The pipeline's canonical text. */
  readonly pipeline: string;
  readonly backend: string;
  /** Share of FLOPs saved against all fine; undefined if that has no meaning. */
  readonly saving?: number;
}

const STRIP = 20;
/** Average width of a character in the labels, in pixels. */
const CHARACTER = 5.6;
/** Vega widens the picture by its estimate of a subtitle's width, so a longer line would leave a blank margin on the right. */
const LONGEST_LINE = 76;

const shade = ({ shades, background }: ChartLook, level: number): string => shades[Math.min(level, shades.length - 1)] ?? background;

/** The longest label that fits its band; empty if not even the level's number does. */
const bandLabel = (band: Band, end: number, width: number): string => {
  const room = ((band.to - band.from) / Math.max(end, 1)) * width - 8;
  const labels = [`level ${band.level} · ${counted(band.layers, 'layer')}`, `level ${band.level}`, String(band.level)];
  return labels.find((label) => label.length * CHARACTER <= room) ?? '';
};

const diamond = ({ validation, background }: ChartLook) =>
  ({
    type: 'point',
    shape: 'diamond',
    filled: true,
    fill: validation,
    size: 62,
    stroke: background,
    strokeWidth: 0.9,
    opacity: 1,
  }) as const;

/** The legend is drawn explicitly, just above the strip where it covers nothing: Vega's own shows a line and a point with the same mark. */
const LEGEND_HEIGHT = -13;
const legend = (look: ChartLook) => {
  const { width, ink, training } = look;
  const text = (words: string, x: number) =>
    ({
      data: { values: [{}] },
      mark: { type: 'text', text: words, align: 'left', baseline: 'middle', fontSize: 11, color: ink },
      encoding: { x: { value: x }, y: { value: LEGEND_HEIGHT } },
    }) as const;
  return [
    {
      data: { values: [{}] },
      mark: { type: 'rule', color: training, strokeWidth: 1.8 },
      encoding: { x: { value: width - 222 }, x2: { value: width - 198 }, y: { value: LEGEND_HEIGHT } },
    },
    text('training, smoothed', width - 191),
    { data: { values: [{}] }, mark: diamond(look), encoding: { x: { value: width - 74 }, y: { value: LEGEND_HEIGHT } } },
    text('validation', width - 65),
  ] as const;
};

/** Breaks a pipeline's text before `>>` into at most two lines; an ellipsis marks what does not fit. */
const wrap = (text: string): readonly string[] => {
  if (text.length <= LONGEST_LINE) return [text];
  const at = text.lastIndexOf(' >> ', LONGEST_LINE);
  const first = at > 0 ? text.slice(0, at) : text.slice(0, LONGEST_LINE);
  const rest = text.slice(first.length).trimStart();
  return [first, rest.length <= LONGEST_LINE ? rest : `${rest.slice(0, LONGEST_LINE - 1)}…`];
};

/** The range of the losses with some space above and below. */
const lossDomain = (curve: LossCurve): number[] => {
  const losses = [...curve.training, ...curve.validation].map((point) => point.loss);
  if (losses.length === 0) return [0, 1];
  const low = Math.min(...losses);
  const high = Math.max(...losses);
  const margin = 0.05 * (high - low) || 0.1;
  return [Math.max(0, low - margin), high + margin];
};

const along = ({ end }: LossCurve) => ({ field: 'x', type: 'quantitative', scale: scaleOver(0, end) }) as const;
const loss = { field: 'loss', type: 'quantitative' } as const;

const titleOf = (axis: Axis, text: ChartText, look: ChartLook) => {
  const saved = text.saving === undefined ? '' : ` · ${percent(text.saving)} of the FLOPs of all-fine training saved`;
  return {
    text: `Loss against training ${axis === 'flops' ? 'cost' : 'steps'}`,
    subtitle: [...wrap(text.pipeline), `${text.backend}${saved}`],
    anchor: 'start' as const,
    frame: 'group' as const,
    offset: 2,
    fontSize: 15,
    fontWeight: 600 as const,
    color: look.ink,
    subtitleColor: look.quiet,
    subtitleFontSize: 11,
    subtitlePadding: 5,
    subtitleLineHeight: 15,
  };
};

const piecesIn = ({ bands, end }: LossCurve, look: ChartLook): Piece[] =>
  bands.map((band) => pieceOf(band, shade(look, band.level), bandLabel(band, end, look.width)));

const strip = ({ end }: LossCurve, pieces: Piece[], look: ChartLook): View => {
  const place = { scale: scaleOver(0, end), axis: null };
  return {
    width: look.width,
    height: STRIP,
    view: { stroke: null },
    data: { values: pieces },
    layer: [
      { mark: { type: 'rect', stroke: look.lines, strokeWidth: 0.6 }, encoding: stretched(place) },
      { mark: { type: 'text', fontSize: 10.5, color: look.ink, baseline: 'middle' }, encoding: labelled(place) },
      ...legend(look),
    ],
  };
};

/** Grey areas behind the losses, for coarse levels. */
const coarsePieces = ({ end }: LossCurve, pieces: readonly Piece[]): Layer => ({
  data: { values: pieces.filter(({ level }) => level > 0) },
  mark: { type: 'rect', opacity: 0.45 },
  encoding: stretched({ scale: scaleOver(0, end) }),
});

const trainingLine = (curve: LossCurve, axis: Axis, look: ChartLook): Layer => ({
  data: { values: [...curve.training] },
  mark: {
    type: 'line',
    color: look.training,
    strokeWidth: 1.8,
    strokeJoin: 'round',
    clip: true,
    // A line through a single point would be invisible.
    ...(curve.training.length === 1 ? { point: { color: look.training, size: 40 } } : {}),
  },
  encoding: {
    x: {
      ...along(curve),
      title: AXES[axis].title,
      axis: { labelExpr: AXES[axis].labels, grid: false, tickCount: Math.ceil(look.width / 90) },
    },
    y: {
      ...loss,
      title: 'cross-entropy (nats per token)',
      scale: { domain: lossDomain(curve), nice: false },
      axis: { labelExpr: LOSS_LABELS, tickCount: 6 },
    },
  },
});

const losses = (curve: LossCurve, pieces: readonly Piece[], axis: Axis, look: ChartLook): View => ({
  width: look.width,
  height: look.height,
  view: { stroke: look.lines, strokeWidth: 0.6 },
  layer: [
    coarsePieces(curve, pieces),
    boundaries(curve.bands, along(curve), look.lines),
    trainingLine(curve, axis, look),
    { data: { values: [...curve.validation] }, mark: diamond(look), encoding: { x: along(curve), y: loss } },
  ],
});

/** The specification of the picture of `curve` along `axis`. */
export const lossChart = (curve: LossCurve, axis: Axis, text: ChartText, look: ChartLook = onPaper): TopLevelSpec => {
  const pieces = piecesIn(curve, look);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: look.background,
    padding: look.titled ? 14 : { left: 0, right: 6, top: 4, bottom: 0 },
    ...(look.titled ? { title: titleOf(axis, text, look) } : {}),
    spacing: 0,
    vconcat: [strip(curve, pieces, look), losses(curve, pieces, axis, look)],
    config: configOf(look, { titleFontSize: 11.5, labelFontSize: 10.5, titlePadding: 9 }),
  };
};
