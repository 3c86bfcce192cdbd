/**
 * The picture of a search, as a Vega-Lite specification: each candidate's loss over the FLOPs of one run. Not here: drawing (`../charts/plots.ts`).
 */
import type { TopLevelSpec } from 'vega-lite';
import { bitsPerByte } from '../../data/bytes-per-token.js';
import { nameOf } from '../../search/candidates.js';
import { AXES } from '../charts/stage-pieces.js';
import { config, HUES, INK, WIDE } from '../comparison/look.js';
import { counted } from '../table/format.js';
import type { SearchResult, Standing } from './search-result.js';

const seedsOf = ({ losses }: Standing): string => counted(losses.length, 'seed');

/** Losses of other tokenizers compare in bits per byte. In lines, since the room for a long one would be estimated beyond the picture's height. */
const lossTitle = ({ bytesPerToken }: SearchResult): string[] => {
  const unit = 'validation loss (nats per token';
  return bytesPerToken === undefined ? [`${unit})`] : [`${unit};`, `times ${bitsPerByte(1, bytesPerToken).toFixed(4)}: bits per byte)`];
};

export const searchChart = (result: SearchResult): TopLevelSpec => {
  const { standings, best, seeds } = result;
  const shown = standings.filter(({ mean }) => Number.isFinite(mean));
  const values = shown.map((standing) => ({
    name: nameOf(standing.values),
    flops: standing.flops,
    loss: standing.mean,
    low: standing.mean - (standing.deviation ?? 0),
    high: standing.mean + (standing.deviation ?? 0),
    seeds: seedsOf(standing),
  }));
  const order = seeds.map((_, index) => counted(index + 1, 'seed'));
  const x = {
    field: 'flops',
    type: 'quantitative',
    title: `${AXES.flops.title} of one run`,
    scale: { type: 'log', nice: false, padding: 48 },
    axis: { labelExpr: AXES.flops.labels, tickCount: 5, labelOverlap: 'greedy' },
  } as const;
  // The name of the best, which is the lowest, has its place above the axis.
  const y = { type: 'quantitative', title: lossTitle(result), scale: { zero: false, padding: 30 } } as const;
  const colour = {
    field: 'seeds',
    type: 'nominal',
    title: null,
    sort: order,
    scale: { domain: order, range: order.map((_, index) => HUES[index % HUES.length] ?? INK) },
    legend: { orient: 'top' },
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: '#ffffff',
    padding: 6,
    width: WIDE.width,
    height: WIDE.height,
    data: { values },
    layer: [
      {
        transform: [{ filter: 'datum.high > datum.low' }],
        mark: { type: 'rule', strokeWidth: 1.2 },
        encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, color: colour },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: { x, y: { field: 'loss', ...y }, color: colour, shape: { ...colour, scale: { domain: order } } },
      },
      {
        data: { values: [{ name: nameOf(best.values), flops: best.flops, loss: best.mean - (best.deviation ?? 0) }] },
        mark: { type: 'text', dy: 15, fontSize: 12, color: INK },
        encoding: { x, y: { field: 'loss', ...y }, text: { field: 'name' } },
      },
    ],
    config,
  };
};
