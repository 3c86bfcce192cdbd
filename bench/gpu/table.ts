/** The table of GPU results. Not here: measuring (`main.ts`). */
import type { Column } from '../../src/report/table/sheet.js';
import { renderTable } from '../../src/report/table/table.js';
import { milliseconds, percent } from '../cells.js';
import { nameOf } from '../settings.js';
import { type Contestant, type GpuResults, measuredRate } from './results.js';

const pace = (flops: number): string =>
  flops >= 1e12 ? `${(flops / 1e12).toFixed(1)} TFLOP/s` : `${(flops / 1e9).toPrecision(3)} GFLOP/s`;
const tokens = (perSecond: number): string => Math.round(perSecond).toLocaleString('en');

const columns: readonly Column[] = [
  { head: [''], align: 'left' },
  { head: ['a step'], align: 'right' },
  { head: ['tokens/s'], align: 'right' },
  { head: ['rate'], align: 'right' },
  { head: ['of the', 'product'], align: 'right' },
  { head: ['of the', 'sheet'], align: 'right' },
];

/** A rate in bf16 is compared only with the data sheet, since the large product is in f32. */
const shares = (flops: number, results: GpuResults, bf16 = false): readonly string[] => {
  const shown = bf16 ? undefined : measuredRate(results);
  const sheet = bf16 ? results.bf16SheetRate : results.sheetRate;
  return [shown === undefined ? '' : percent(flops / shown), sheet === undefined ? '' : percent(flops / sheet)];
};

const stepRow = ({ name, step, bf16 }: Contestant, results: GpuResults): readonly string[] => {
  if (step.kind === 'skipped') return [`  ${name}`, 'skipped', '', '', '', ''];
  const { ms, tokensPerSecond, rate: flops } = step;
  return [
    `  ${name}`,
    milliseconds(ms),
    tokens(tokensPerSecond),
    ...(flops === undefined ? ['', '', ''] : [pace(flops), ...shares(flops, results, bf16)]),
  ];
};

/** The reasons for missing results, each once. */
const skipped = ({ products, steps }: GpuResults): readonly string[] => [
  ...new Set(
    [
      ...products.map(({ name, product: measured }) => ({ name, measured })),
      ...steps.map(({ name, step: measured }) => ({ name, measured })),
    ].flatMap(({ name, measured }) => (measured.kind === 'skipped' ? [`${name} was skipped: ${measured.reason}`] : [])),
  ),
];

export const gpuTable = (results: GpuResults): string => {
  const { products, steps, side, card, sheetRate, versions, date } = results;
  const sizes = [...new Map(steps.map((step) => [JSON.stringify(step.sizes), step.sizes])).values()];
  const rows = [
    [`product of ${side} × ${side}`, '', '', '', '', ''],
    ...products.map(({ name, product }) =>
      product.kind === 'skipped'
        ? [`  ${name}`, 'skipped', '', '', '', '']
        : [`  ${name}`, '', '', pace(product.best), ...shares(product.best, results)],
    ),
    ...sizes.flatMap((size) => [
      [`${nameOf(size)}, context ${size.context}, batch ${size.batch}`, '', '', '', '', ''],
      ...steps.filter((step) => nameOf(step.sizes) === nameOf(size)).map((step) => stepRow(step, results)),
    ]),
  ];
  return [
    renderTable(columns, rows, 110),
    '',
    `${card}${sheetRate === undefined ? ', whose f32 rate is not on our list' : `, ${pace(sheetRate)} in f32 by its maker's sheet`}. f32 where a row does not say bf16, AdamW, gradient clipped at 1, vocabulary ${sizes[0]?.vocabulary}.`,
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}. ${date.slice(0, 10)}.`,
    ...skipped(results),
  ].join('\n');
};
