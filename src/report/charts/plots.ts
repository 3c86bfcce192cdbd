/**
 * Draws a run's two pictures as SVG text, without a browser or a canvas. Vega takes longer to load than all the rest of the
 * command line, so it is imported when a picture is asked for. Not here: what the pictures show (`loss-chart.ts`).
 */
import type { Task } from 'fp-ts/lib/Task.js';
import type { TopLevelSpec } from 'vega-lite';
import { codePoint } from '../../visible.js';
import type { RunRecord } from '../run/run-record.js';
import type { ChartLook } from './chart-look.js';
import { type ChartText, lossChart } from './loss-chart.js';
import { type Axis, lossCurve } from './loss-curve.js';

/** Loads what draws. Whoever waits for something else may ask for it meanwhile. */
export const loadVega: Task<readonly [typeof import('vega'), typeof import('vega-lite')]> = () =>
  Promise.all([import('vega'), import('vega-lite')]);

/** No XML may hold these, in whatever way they are written; a run's name may. */
const FORBIDDEN = /(?![\n\t\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;

/** Draws any specification. */
export const toSvg =
  (specification: TopLevelSpec): Task<string> =>
  async () => {
    const [vega, vegaLite] = await loadVega();
    const view = new vega.View(vega.parse(vegaLite.compile(specification).spec), { renderer: 'none' });
    const svg = await view.toSVG();
    view.finalize();
    return svg.replace(FORBIDDEN, (character) => `&lt;${codePoint(character)}&gt;`);
  };

/** The SVG text of a run's loss along `axis`. */
export const lossPlot = (record: RunRecord, axis: Axis, text: ChartText, look?: ChartLook): Task<string> =>
  toSvg(lossChart(lossCurve(record, axis), axis, text, look));
