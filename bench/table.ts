/** The rows as a text table, followed by the sizes, the machine and what was skipped. */
import type { Column } from '../src/report/table/sheet.js';
import { renderTable } from '../src/report/table/table.js';
import type { BenchRow } from './cells.js';
import type { Results } from './results.js';
import { benchRows, skips } from './rows.js';
import { nameOf, SETTINGS } from './settings.js';

const HEAD = ['', ...SETTINGS.map(({ sizes }) => nameOf(sizes)), 'target'];

const verdict = ({ target, met }: BenchRow): string => (met === undefined ? target : `${target}  ${met ? 'met' : 'MISSED'}`);

/** The date, or the dates with the parts that were measured on each. */
const daysOf = ({ date, dates }: Results): string => {
  const parts = Object.entries(dates);
  const days = [...new Set(parts.map(([, when]) => when.slice(0, 10)))];
  if (days.length < 2) return days[0] ?? date.slice(0, 10);
  return days.map((day) => `${day} (${parts.flatMap(([part, when]) => (when.startsWith(day) ? [part] : [])).join(', ')})`).join(', ');
};

const notes = (results: Results): readonly string[] => {
  const { machine, versions, rounds } = results;
  const sizes = SETTINGS.map(
    ({ sizes: { layers, heads, width, context, batch, vocabulary } }) =>
      `${layers} × ${width}: ${heads} heads, context ${context}, batch ${batch}, vocabulary ${vocabulary}`,
  );
  return [
    `${sizes.join('; ')}. f32, AdamW, gradient clipped at 1.`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    `${daysOf(results)}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, load ${machine.load.toFixed(1)} before the first.`,
    ...skips(results),
  ];
};

export const benchTable = (results: Results): string => {
  const columns = HEAD.map((head, index): Column => ({ head: [head], align: index === 0 || index === HEAD.length - 1 ? 'left' : 'right' }));
  const rows = benchRows(results).map((row) => [row.what, ...row.cells, verdict(row)]);
  return [renderTable(columns, rows, 140), '', ...notes(results)].join('\n');
};
