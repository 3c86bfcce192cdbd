/**
 * The chart: training losses as lines and validation losses as dots, for all runs on one axis; drawn by uPlot. Not here: runs as such
 * (`page.ts`).
 */
import { isLargeLoss, loss } from '../../report/table/format.js';
import type { Point } from '../messages.js';
import uPlot from './uplot.js';

export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly training: readonly Point[];
  readonly validation: readonly Point[];
  /** [step, FLOPs] of each transfer. */
  readonly boundaries: readonly (readonly [number, number])[];
}

export interface Chart {
  draw(curves: readonly Curve[], axis: 'steps' | 'flops', smoothing: number): void;
  /** Fades all curves but this one, by its index among those drawn; undefined: none. */
  focus(curve: number | undefined): void;
}

/** An exponential moving average with bias correction (as Adam's). */
const smoothed = (points: readonly Point[], weight: number): readonly number[] => {
  let average = 0;
  let sum = 0;
  return points.map(([, , loss]) => {
    average = weight * average + (1 - weight) * loss;
    sum = weight * sum + (1 - weight);
    return average / sum;
  });
};

type Series = readonly [xs: readonly number[], ys: readonly number[]];

/** uPlot requires common x values: the union of all, and undefined (a gap) where a series has no value. */
const joined = (all: readonly Series[]): (number | undefined)[][] => {
  const xs = [...new Set(all.flatMap(([each]) => each))].sort((a, b) => a - b);
  const places = new Map(xs.map((x, index) => [x, index]));
  return [
    xs,
    ...all.map(([each, ys]) => {
      const row = new Array<number | undefined>(xs.length).fill(undefined);
      each.forEach((x, index) => {
        row[places.get(x) ?? 0] = ys[index];
      });
      return row;
    }),
  ];
};

const HEIGHT = 380;

/** The opacity of the other curves while the pointer is on one, and the distance in pixels within which it counts as being on it. */
const FADED = 0.2;
const REACH = 20;

const styled = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A loss in the legend, at the pointer; a dash if the series has none. */
const legendLoss = (_: uPlot, value: number | null | undefined): string => (typeof value === 'number' ? loss(value) : '–');

/** A tick label; a diverged run's would otherwise have dozens of digits. */
const markOf = (value: number | null): string =>
  value === null ? '' : isLargeLoss(value) ? value.toExponential(1) : String(Number(value.toPrecision(6)));

const seriesOf = ({ name, colour, dash }: Curve) => [
  { label: name, stroke: colour, width: 1.5, dash: [...dash], spanGaps: true, value: legendLoss, points: { show: false } },
  {
    label: `${name}, validation`,
    stroke: colour,
    width: 0,
    value: legendLoss,
    paths: () => null,
    points: { show: true, size: 7, fill: colour },
  },
];

const marks = (curves: readonly Curve[], index: 0 | 1) => (plot: uPlot) => {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.setLineDash([2, 4]);
  for (const { colour, boundaries } of curves)
    for (const boundary of boundaries) {
      const x = Math.round(plot.valToPos(boundary[index], 'x', true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = colour;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
  ctx.restore();
};

export const createChart = (place: HTMLElement): Chart => {
  let plot: uPlot | undefined;
  let shape = '';
  let shown: readonly Curve[] = [];
  let index: 0 | 1 = 0;
  const make = (curves: readonly Curve[], axis: 'steps' | 'flops', data: uPlot.AlignedData): uPlot => {
    const [ink, line] = [styled('--soft'), styled('--line')];
    const look = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    return new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        scales: { x: { time: false } },
        focus: { alpha: FADED },
        cursor: { focus: { prox: REACH } },
        series: [{ label: axis === 'steps' ? 'step' : 'FLOPs' }, ...curves.flatMap(seriesOf)],
        axes: [
          {
            ...look,
            label: axis === 'steps' ? 'training steps' : 'training FLOPs',
            ...(axis === 'steps' ? {} : { values: (_: uPlot, values: number[]) => values.map((value) => value.toExponential(1)) }),
          },
          { ...look, label: 'loss, nats per token', size: 70, values: (_: uPlot, values: (number | null)[]) => values.map(markOf) },
        ],
        hooks: { draw: [(drawn) => marks(shown, index)(drawn)] },
      },
      data,
      place,
    );
  };
  return {
    draw: (curves, axis, smoothing) => {
      shown = curves;
      index = axis === 'steps' ? 0 : 1;
      const xs = (points: readonly Point[]): readonly number[] => points.map((point) => point[index]);
      const data = joined(
        curves.flatMap(({ training, validation }): readonly Series[] => [
          [xs(training), smoothed(training, smoothing)],
          [xs(validation), validation.map(([, , loss]) => loss)],
        ]),
      ) as uPlot.AlignedData;
      // Other series or another axis require a new chart; new points do not.
      const now = `${axis} ${curves.map(({ name }) => name).join('\n')}`;
      if (plot === undefined || now !== shape) {
        plot?.destroy();
        plot = make(curves, axis, data);
        shape = now;
      } else {
        if (plot.width !== place.clientWidth) plot.setSize({ width: place.clientWidth, height: HEIGHT });
        plot.setData(data);
      }
    },
    // The series of its training losses: the first series is the axis, and each curve has two.
    focus: (curve) => plot?.setSeries(curve === undefined ? null : 1 + 2 * curve, { focus: true }),
  };
};
