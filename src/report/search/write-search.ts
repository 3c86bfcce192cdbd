/** Writes the files of a search: `search.json`, its picture as SVG and PNG, and the best pipeline. Node only. Not here: what is in them. */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, runFault } from '../../fault.js';
import type { Folder } from '../../files/folder.js';
import { canonicalJson } from '../../schedule/json/canonical.js';
import { messageOf } from '../../thrown.js';
import { toSvg } from '../charts/plots.js';
import { toPng } from '../charts/png.js';
import { writeReportFiles } from '../comparison/write-report.js';
import { searchChart } from './search-chart.js';
import type { SearchResult } from './search-result.js';

/** The best pipeline as a schedule, which every command takes. */
export const BEST = 'best.json';
export const PICTURE = 'search.svg';

/** Left: it could not be drawn, or not be written, and why. */
export const writeSearch =
  (folder: Folder, result: SearchResult): TE.TaskEither<Fault, void> =>
  async () => {
    const drawn = await TE.tryCatch(
      async () => {
        const svg = await toSvg(searchChart(result))();
        return { svg, png: await toPng(svg)() };
      },
      (error) => runFault(`the picture in ${folder.path} could not be drawn (${messageOf(error)})`),
    )();
    if (E.isLeft(drawn)) return drawn;
    const { svg, png } = drawn.right;
    return writeReportFiles(
      folder,
      new Map<string, Uint8Array | string>([
        ['search.png', png],
        [PICTURE, svg],
        [BEST, `${canonicalJson(result.best.schedule)}\n`],
        ['search.json', `${JSON.stringify(result, undefined, 2)}\n`],
      ]),
    );
  };
