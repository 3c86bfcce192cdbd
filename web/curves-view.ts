/** The two curves of a run in progress, drawn by the report's own plots, in the page's size and colours. */
import * as E from 'fp-ts/lib/Either.js';
import { type ChartLook, onDark, onPaper } from '../src/report/charts/chart-look.js';
import type { Axis } from '../src/report/charts/loss-curve.js';
import { lossPlot } from '../src/report/charts/plots.js';
import { figureOfRecord } from '../src/report/run/figure.js';
import { type RunRecord, recordEvents } from '../src/report/run/run-record.js';
import { counted, loss, lossInBoth } from '../src/report/table/format.js';
import type { RunEvent } from '../src/runner/events/events.js';
import { element } from './dom.js';
import { pace } from './motion.js';

/** Milliseconds between two drawings while the run is in progress. */
const INTERVAL = 700;
const CALM_INTERVAL = 5000;
/** The width of axis labels beside the plot, in pixels. */
const MARGIN = 62;
/** The smallest height of a plot, in pixels: a shorter one has no room for its axis title. */
const SHORTEST = 215;

const dark = matchMedia('(prefers-color-scheme: dark)');
const box = element('charts', HTMLDivElement);
const places: Readonly<Record<Axis, HTMLDivElement>> = {
  steps: element('chart-steps', HTMLDivElement),
  flops: element('chart-flops', HTMLDivElement),
};

const lookOf = (place: HTMLElement): ChartLook => {
  const width = Math.max(200, Math.min(680, place.clientWidth - MARGIN));
  return {
    ...(dark.matches ? onDark : { ...onPaper, background: 'transparent' }),
    width,
    height: Math.max(SHORTEST, Math.round(width * 0.5)),
    titled: false,
  };
};

const describe = (record: RunRecord, axis: Axis): string => {
  const [first, last] = [record.steps[0], record.steps.at(-1)];
  const figure = figureOfRecord(record);
  const validation = figure?.validation === undefined ? '' : `; validation loss ${lossInBoth(figure.validation, figure.bitsPerByte)}`;
  return (
    `Loss against training ${axis === 'steps' ? 'steps' : 'FLOPs'}: from ${loss(first?.loss ?? Number.NaN)} to ${loss(last?.loss ?? Number.NaN)} ` +
    `over ${counted(record.steps.length, 'step')}${validation}`
  );
};

export interface Curves {
  add(event: RunEvent): void;
  /** Draws the present data immediately. */
  draw(): Promise<void>;
}

export const createCurves = (): Curves => {
  let events: RunEvent[] = [];
  let drawing: Promise<void> | undefined;
  let drawnAt = 0;

  const drawNow = async (): Promise<void> => {
    const record = recordEvents(events);
    if (E.isLeft(record) || record.right.steps.length === 0) return;
    box.hidden = false;
    for (const axis of ['steps', 'flops'] as const) {
      const place = places[axis];
      const svg = await lossPlot(record.right, axis, { pipeline: '', backend: '' }, lookOf(place))();
      place.innerHTML = svg;
      place.setAttribute('aria-label', describe(record.right, axis));
    }
  };

  const draw = async (): Promise<void> => {
    await drawing;
    drawing = drawNow();
    await drawing;
    drawing = undefined;
    drawnAt = performance.now();
  };

  const again = (): void => {
    void draw();
  };
  dark.addEventListener('change', again);
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth !== width) again();
    width = innerWidth;
  });

  return {
    add: (event) => {
      if (event.kind === 'run-started') {
        events = [];
        box.hidden = true;
      }
      events.push(event);
      if (drawing === undefined && performance.now() - drawnAt > pace(INTERVAL, CALM_INTERVAL)) again();
    },
    draw,
  };
};
