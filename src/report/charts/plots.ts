/**
 * Draws a run's two pictures as SVG text, without a browser or a canvas. Vega takes longer to load than the rest of the command line, so it is imported
 * only when a picture is needed. Not here: what the pictures show (`loss-chart.ts`).
 */
import type { Task } from 'fp-ts/lib/Task.js';
import type { TopLevelSpec } from 'vega-lite';
import { codePoint } from '../../visible.js';
import type { RunRecord } from '../run/run-record.js';
import type { ChartLook } from './chart-look.js';
import { type ChartText, lossChart } from './loss-chart.js';
import { type Axis, lossCurve } from './loss-curve.js';

/** Loads Vega. A caller that waits for something else can load it in the meantime. */
export const loadVega: Task<readonly [typeof import('vega'), typeof import('vega-lite')]> = () =>
  Promise.all([import('vega'), import('vega-lite')]);

/** Characters that XML forbids, even escaped, but that a run's name may contain. */
const FORBIDDEN = /(?![\n\t\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;

/** Draws a specification. */
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
