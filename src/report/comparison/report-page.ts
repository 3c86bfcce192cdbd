/**
 * The page of a comparison: one self-contained HTML file with pictures drawn beforehand, without scripts or external resources. Not here: the
 * pictures (`loss-bands-chart.ts`, `cost-chart.ts`), figures (`comparison.ts`), the disk (`write-report.ts`).
 */
import { canonicalJson } from '../../schedule/json/canonical.js';
import { print } from '../../schedule/text/index.js';
import { escaped } from '../table/markup.js';
import type { Row, Sheet } from '../table/sheet.js';
import type { Comparison } from './comparison.js';
import { MOST_POINTS } from './mean-curve.js';
import { methodOf, pairsSheet, runsSentence, standingsSheet } from './sheets.js';
import { verdicts } from './verdict.js';

/** The file of what was measured (`timings.ts`), beside the page. */
export const TIMINGS = 'timings.json';

/** A picture in two widths, for the page on a laptop and on a phone. */
export interface Picture {
  readonly title: string;
  /** Empty if the text above says everything. */
  readonly caption: string;
  readonly wide: string;
  readonly narrow: string;
}

const STYLE = `
:root { color-scheme: light; }
body { margin: 0 auto; padding: 1.2rem 1rem 3rem; max-width: 46rem; font: 16px/1.5 system-ui, Helvetica, Arial, sans-serif; color: #222; background: #fff; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .2rem 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; overflow-wrap: anywhere; }
p, li { overflow-wrap: anywhere; }
.verdict { border-left: 4px solid #222; padding: .1rem 0 .1rem .8rem; margin: .8rem 0; font-weight: 600; }
.quiet, figcaption { color: #555; font-size: .875rem; }
figure { margin: .6rem 0 1.4rem; }
figure svg { display: block; max-width: 100%; height: auto; }
.narrow { display: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th { font-weight: 600; border-bottom: 1px solid #222; vertical-align: bottom; }
th, td { padding: .25rem .6rem .25rem 0; text-align: right; white-space: pre; }
th.left, td.left { text-align: left; }
td.left { white-space: normal; min-width: 5.5rem; }
td { border-bottom: 1px solid #e3e3e3; vertical-align: top; }
pre { font-size: .8125rem; white-space: pre-wrap; overflow-wrap: anywhere; background: #f5f5f5; padding: .6rem; }
@media (max-width: 640px) { .wide { display: none; } .narrow { display: block; } }
@media print { details > * { display: block; } }
`;

const cell = (tag: 'th' | 'td', text: string, left: boolean): string => `<${tag}${left ? ' class="left"' : ''}>${escaped(text)}</${tag}>`;

const table = ({ columns, rows }: Sheet): string => {
  const cells = (tag: 'th' | 'td', texts: readonly string[]): string =>
    texts.map((text, index) => cell(tag, text, columns[index]?.align === 'left')).join('');
  const body = rows.filter((row): row is Exclude<Row, 'rule'> => row !== 'rule').map((row) => `<tr>${cells('td', row)}</tr>`);
  const head = cells(
    'th',
    columns.map((column) => column.head.join('\n')),
  );
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
};

const figure = ({ title, caption, wide, narrow }: Picture): string => `<figure>
<h3>${escaped(title)}</h3>
<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div>
${caption === '' ? '' : `<figcaption>${escaped(caption)}</figcaption>`}
</figure>`;

/** The caption of all pictures of losses. */
const CAPTION = `Mean over the seeds; the band is one standard deviation to either side. Solid dots end pipelines, hollow ones baselines. Dotted lines and the strip under the axis are the pipelines' stages, with the layers of the network that is trained. Training losses are smoothed as said below, and drawn at ${MOST_POINTS} evenly spaced places; losses of the first 6% may lie above the picture.`;

const schedulesOf = ({ standings }: Comparison): string =>
  standings
    .map(
      ({ name, schedule, rateFactor }) => `<h3>${escaped(name)}</h3>
<p class="quiet">${escaped(print(schedule.stages))}${rateFactor === undefined ? '' : ` · learning rate ×${rateFactor}`}</p>
<details><summary>its schedule as JSON (seed of the first run)</summary><pre>${escaped(canonicalJson(schedule))}</pre></details>`,
    )
    .join('\n');

/** The content of the HTML file. */
export const comparisonPage = (comparison: Comparison, pictures: readonly Picture[]): string => {
  const { versions, notes } = comparison;
  const said = verdicts(comparison);
  const names = comparison.standings.filter(({ role }) => role === 'pipeline').map(({ name }) => name);
  const title = `Comparison of ${names.join(', ')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="quiet">${escaped(runsSentence(comparison))}</p>
${said.map(({ verdict }) => `<p class="verdict">${escaped(verdict)}</p>`).join('\n')}
<h2>Losses</h2>
<p class="quiet">${escaped(CAPTION)}</p>
${pictures.map(figure).join('\n')}
<h2>Contenders</h2>
${table(standingsSheet(comparison))}
<h2>Who is held against whom</h2>
${comparison.pairs.length === 0 ? '<p>Nobody: there are no baselines, and one pipeline.</p>' : table(pairsSheet(comparison))}
<ul>${said.flatMap(({ details }) => details.map((detail) => `<li>${escaped(detail)}</li>`)).join('\n')}</ul>
<h2>How the figures were made</h2>
<ul>${[...methodOf(comparison), ...notes].map((line) => `<li>${escaped(line)}</li>`).join('\n')}
<li>Measured seconds differ from one time to the next; they are in ${TIMINGS}, beside this page. All else is the same to the byte wherever the runs were carried out.</li></ul>
<h2>Schedules and versions</h2>
<p class="quiet">${escaped(
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  )}</p>
${schedulesOf(comparison)}
</body>
</html>
`;
};
