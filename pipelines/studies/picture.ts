/**
 * The plot of a study: validation loss against training FLOPs, one line per arm: the mean over seeds, with the standard deviation at its
 * end. `node dist/pipelines/studies/picture.js depth "Title"` writes `results/depth.svg`. Not here: the results as numbers
 * (`summarise.ts`).
 */
import { writeFileSync } from 'node:fs';
import { deviation, mean } from 'd3-array';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { byArm, refuse, runsOf } from './read-runs.js';
import type { RunLine } from './run-line.js';

/** Okabe and Ito's palette, with dashes for black-and-white print. */
const COLOURS = ['#000000', '#D55E00', '#0072B2', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'];
const DASHES = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [4, 1],
  [1, 3],
  [12, 4],
];

interface Point {
  readonly arm: string;
  readonly gigaflops: number;
  readonly loss: number;
  readonly low: number;
  readonly high: number;
}

/** Mean and standard deviation over seeds at each evaluation: an arm's runs are evaluated at the same steps. */
const pointsOf = (arm: string, runs: readonly RunLine[]): readonly Point[] =>
  (runs[0]?.evaluations ?? []).map(([, , flops], at) => {
    const losses = runs.flatMap(({ evaluations }) => evaluations[at]?.[3] ?? []);
    const middle = mean(losses) ?? Number.NaN;
    const spread = deviation(losses) ?? 0;
    return { arm, gigaflops: flops / 1e9, loss: middle, low: middle - spread, high: middle + spread };
  });

const main = async ([studies = '', title = '', top = '']: readonly string[]): Promise<void> => {
  const [study = ''] = studies.split(',');
  const ran = byArm(runsOf(studies));
  const arms = ran.map(([arm]) => arm);
  if (arms.length > COLOURS.length) refuse(`a picture tells ${COLOURS.length} arms apart at most (was ${arms.length}); name fewer studies`);
  const points = ran.map(([arm, runs]) => pointsOf(arm, runs));
  const ceiling = top === '' ? Number.POSITIVE_INFINITY : Number(top);
  const shown = points.flat().filter(({ high }) => high <= ceiling);
  const ends = points.flatMap((own) => own.at(-1) ?? []);
  const x = { field: 'gigaflops', type: 'quantitative', title: 'training GFLOP' } as const;
  const scale = { zero: false };
  const colour = {
    field: 'arm',
    type: 'nominal',
    scale: { domain: arms, range: COLOURS },
    title: null,
    legend: { labelLimit: 400 },
  } as const;
  const specification: TopLevelSpec = {
    title: { text: title, anchor: 'start', fontSize: 13 },
    width: 560,
    height: 320,
    background: '#ffffff',
    layer: [
      {
        data: { values: shown },
        mark: { type: 'line', strokeWidth: 1.6 },
        encoding: {
          x,
          y: { field: 'loss', type: 'quantitative', title: 'validation loss, nats per token', scale },
          color: colour,
          strokeDash: { field: 'arm', type: 'nominal', scale: { domain: arms, range: DASHES }, title: null },
        },
      },
      {
        data: { values: ends },
        mark: { type: 'rule', strokeWidth: 2.5 },
        encoding: { x, y: { field: 'low', type: 'quantitative', scale }, y2: { field: 'high' }, color: colour },
      },
    ],
    config: { legend: { orient: 'bottom', columns: 2, symbolStrokeWidth: 2, symbolSize: 400 } },
  };
  const view = new View(parse(compile(specification).spec), { renderer: 'none' });
  writeFileSync(`pipelines/studies/results/${study}.svg`, `${await view.toSVG()}\n`);
  view.finalize();
};

await main(process.argv.slice(2));
