/**
 * Writes the files of a comparison: `report.html`, its pictures as SVG and PNG, `comparison.json`. Node only. Not here: what is in them.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { TopLevelSpec } from 'vega-lite';
import type { Folder } from '../../files/folder.js';
import { messageOf } from '../../thrown.js';
import type { Axis } from '../charts/loss-curve.js';
import { toSvg } from '../charts/plots.js';
import { toPng } from '../charts/png.js';
import type { Comparison, Entrant } from './comparison.js';
import { costChart } from './cost-chart.js';
import { type ComparisonLook, NARROW, WIDE } from './look.js';
import { comparisonChart } from './loss-bands-chart.js';
import { comparisonPage, type Picture } from './report-page.js';
import type { Curve } from './run-trace.js';
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

/** Left: what could not be written, and why. */
export const writeReport = (folder: Folder, comparison: Comparison, entrants: readonly Entrant[]): TE.TaskEither<string, void> =>
  TE.tryCatch(
    async () => {
      folder.write('comparison.json', `${JSON.stringify({ ...comparison, verdicts: verdicts(comparison) }, undefined, 2)}\n`);
      const pictures = await picturesOf(entrants);
      for (const { name, wide, png } of pictures) {
        folder.write(`${name}.svg`, wide);
        folder.write(`${name}.png`, png);
      }
      folder.write(REPORT, comparisonPage(comparison, pictures));
    },
    (error) => `the report in ${folder.path} could not be written (${messageOf(error)})`,
  );
