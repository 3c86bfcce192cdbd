/**
 * Prints the table of the study of one rate for all depths, and writes its picture, `docs/images/one-rate.svg`, from what is in `results/`.
 * `node dist/pipelines/studies/one-rate-picture.js`
 */
import { writeFileSync } from 'node:fs';
import { mean } from 'd3-array';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { type AtRate, bestOf, byDepth, oneRateResults, oneRateTable, PARAMETRISATIONS } from './one-rate.js';

/** Of Okabe and Ito's palette. */
const COLOURS = ['#56B4E9', '#009E73', '#E69F00', '#D55E00'];

const specificationOf = (results: readonly AtRate[]): TopLevelSpec => {
  const points = results.map(({ losses, layers, ...each }) => ({ ...each, layers: `${layers} layers`, loss: mean(losses) ?? Number.NaN }));
  const best = byDepth(results).map((rates) => {
    const { parametrisation, layers, rate, losses } = bestOf(rates);
    return { parametrisation, layers: `${layers} layers`, rate, loss: mean(losses) ?? Number.NaN };
  });
  const values = [...new Set(results.map(({ rate }) => rate))];
  const domain = [...new Set(points.map(({ layers }) => layers))];
  const x = {
    field: 'rate',
    type: 'quantitative',
    title: 'peak learning rate',
    scale: { type: 'log', base: 2 },
    axis: { values, format: '~g' },
  } as const;
  const y = { field: 'loss', type: 'quantitative', title: 'validation loss, nats per token', scale: { zero: false } } as const;
  const color = {
    field: 'layers',
    type: 'nominal',
    title: null,
    scale: { domain, range: COLOURS },
  } as const;
  return {
    background: '#ffffff',
    hconcat: PARAMETRISATIONS.map((parametrisation) => ({
      title: { text: `${parametrisation}: six seeds; large points are the best rates`, anchor: 'start', fontSize: 12 },
      width: 320,
      height: 260,
      layer: [
        {
          data: { values: points.filter((each) => each.parametrisation === parametrisation) },
          mark: { type: 'line', strokeWidth: 1.6 },
          encoding: { x, y, color },
        },
        {
          data: { values: best.filter((each) => each.parametrisation === parametrisation) },
          mark: { type: 'point', filled: true, size: 110, opacity: 1 },
          encoding: { x, y, color },
        },
      ],
    })),
    resolve: { scale: { y: 'shared' } },
    config: { legend: { orient: 'bottom', columns: 4, symbolStrokeWidth: 2 } },
  };
};

const main = async (): Promise<void> => {
  const results = oneRateResults();
  const view = new View(parse(compile(specificationOf(results)).spec), { renderer: 'none' });
  writeFileSync('docs/images/one-rate.svg', `${await view.toSVG()}\n`);
  view.finalize();
  process.stdout.write(`${oneRateTable(results).join('\n')}\n`);
};

await main();
