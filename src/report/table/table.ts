/**
 * The common look of all tables: no boxes, a rule under the heading and above the totals, numbers aligned to the right.
 * Not here: what is in the cells.
 */
import Table from 'cli-table3';
import { visible, visibleLines } from '../../visible.js';
import type { Column, Row, Sheet } from './sheet.js';
import { wrap } from './wrap.js';

/** Columns are never made narrower than this, however narrow the terminal is. */
const NARROWEST = 12;

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
} as const;

const longestLine = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

/**
 * Lays out rows in columns.
 *
 * @param width the largest number of characters in a line; only columns that `shrinks` wrap to fit.
 * @returns lines joined by `\n`, without trailing spaces and without a final line break.
 */
export const renderTable = (columns: readonly Column[], rows: readonly Row[], width = 80): string => {
  const head = columns.map((column) => column.head.join('\n'));
  const shown = rows.map((row) => (row === 'rule' ? row : row.map(visibleLines)));
  const cells = shown.filter((row) => row !== 'rule');
  const natural = columns.map((_, index) => Math.max(longestLine(head[index] ?? ''), ...cells.map((row) => longestLine(row[index] ?? ''))));
  const gaps = columns.length - 1;
  const excess = natural.reduce((sum, size) => sum + size, gaps) - width;
  const widths = natural.map((size, index) =>
    columns[index]?.shrinks === true && excess > 0 ? Math.max(Math.min(size, NARROWEST), size - excess) : size,
  );
  const total = widths.reduce((sum, size) => sum + size, gaps);

  const blocks: string[] = [];
  let block: (readonly string[])[] = [];
  const flush = (): void => {
    if (block.length === 0) return;
    const table = new Table({
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': 1, head: [], border: [], compact: true },
      colAligns: columns.map((column) => column.align),
      colWidths: widths.map((size) => size + 1),
    });
    for (const row of block) {
      table.push(
        row.map((content, index) => ({
          content: columns[index]?.shrinks === true && row !== head ? wrap(content, widths[index] ?? content.length) : content,
          // Short headings are aligned at the bottom, next to the rule.
          vAlign: row === head ? 'bottom' : 'top',
        })),
      );
    }
    blocks.push(table.toString());
    block = [];
  };
  const rule = '─'.repeat(total);
  for (const row of [head, 'rule', ...shown] as const) {
    if (row === 'rule') {
      flush();
      blocks.push(rule);
    } else block.push(row);
  }
  flush();
  return blocks
    .join('\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

/** A table with its sentences under it, wrapped to the same width. */
export const renderSheet = ({ columns, rows, sentences }: Sheet, width = 80): string =>
  `${renderTable(columns, rows, width)}\n\n${sentences.map((sentence) => wrap(visible(sentence), width)).join('\n')}`;
