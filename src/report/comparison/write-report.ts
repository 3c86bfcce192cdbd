/**
 * Writes the files of a comparison: `report.html`, its pictures as SVG and PNG, `comparison.json`, `timings.json`. Node only. Not here: what is in them.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { TopLevelSpec } from 'vega-lite';
import { type Fault, runFault } from '../../fault.js';
import type { Folder } from '../../files/folder.js';
import { messageOf } from '../../thrown.js';
import type { Axis } from '../charts/loss-curve.js';
import { toSvg } from '../charts/plots.js';
import { toPng } from '../charts/png.js';
import type { Comparison, Entrant } from './comparison.js';
import { costChart } from './cost-chart.js';
import { type ComparisonLook, NARROW, WIDE } from './look.js';
import { comparisonChart } from './loss-bands-chart.js';
import { comparisonPage, type Picture, TIMINGS } from './report-page.js';
import type { Curve } from './run-trace.js';
import type { Timings } from './timings.js';
import { verdicts } from './verdict.js';

export const REPORT = 'report.html';

interface NamedPicture extends Picture {
  /** The name of its files, without extensions. */
  readonly name: string;
  readonly png: Uint8Array;
}

/** The PNG is made in another thread, while this one draws the narrow picture. */
const drawn = async (chart: (look: ComparisonLook) => TopLevelSpec): Promise<Pick<NamedPicture, 'wide' | 'narrow' | 'png'>> => {
  const wide = await toSvg(chart(WIDE))();
  const [png, narrow] = await Promise.all([toPng(wide)(), toSvg(chart(NARROW))()]);
  return { wide, narrow, png };
};

const lossPicture = async (entrants: readonly Entrant[], curve: Curve, axis: Axis): Promise<NamedPicture> => ({
  name: `${curve}-vs-${axis}`,
  title: `${curve === 'training' ? 'Training' : 'Validation'} loss against ${axis === 'flops' ? 'training FLOPs' : 'training steps'}`,
  caption: '',
  ...(await drawn((look) => comparisonChart(entrants, curve, axis, look))),
});

const costPicture = async (entrants: readonly Entrant[]): Promise<NamedPicture> => ({
  name: 'flops-by-stage',
  title: 'Training FLOPs by stage',
  caption: 'A piece a training stage, from left to right, with the layers of its network: the darker, the fewer.',
  ...(await drawn((look) => costChart(entrants, look))),
});

const picturesOf = async (entrants: readonly Entrant[]): Promise<readonly NamedPicture[]> => {
  const pictures: NamedPicture[] = [];
  for (const curve of ['validation', 'training'] as const)
    for (const axis of ['flops', 'steps'] as const) pictures.push(await lossPicture(entrants, curve, axis));
  return [...pictures, await costPicture(entrants)];
};

/** The files of a report, by name. */
export type ReportFiles = ReadonlyMap<string, Uint8Array | string>;

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const filesOf = async (comparison: Comparison, timings: Timings, entrants: readonly Entrant[]): Promise<ReportFiles> => {
  const pictures = await picturesOf(entrants);
  return new Map<string, Uint8Array | string>([
    ['comparison.json', json({ ...comparison, verdicts: verdicts(comparison) })],
    [TIMINGS, json(timings)],
    ...pictures.flatMap(({ name, wide, png }) => [[`${name}.svg`, wide] as const, [`${name}.png`, png] as const]),
    [REPORT, comparisonPage(comparison, pictures)],
  ]);
};

/** Each file atomically, the page as the last one. Left: what could not be written, and why. */
export const writeReportFiles = (folder: Folder, files: ReportFiles): E.Either<Fault, void> =>
  E.tryCatch(
    () => {
      for (const [name, content] of files) folder.write(name, content);
    },
    (error) => runFault(`the report in ${folder.path} could not be written (${messageOf(error)})`),
  );

/** Left: it could not be drawn, or not be written, and why. */
export const writeReport =
  (folder: Folder, comparison: Comparison, timings: Timings, entrants: readonly Entrant[]): TE.TaskEither<Fault, void> =>
  async () => {
    const files = await TE.tryCatch(
      () => filesOf(comparison, timings, entrants),
      (error) => runFault(`the report in ${folder.path} could not be drawn (${messageOf(error)})`),
    )();
    return E.isLeft(files) ? files : writeReportFiles(folder, files.right);
  };
