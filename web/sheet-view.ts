/** A table of the report as an HTML table, followed by its sentences. Not here: its content (`src/report`). */
import type { Column, Row, Sheet } from '../src/report/table/sheet.js';

const cell = (tag: 'th' | 'td', text: string, { align }: Pick<Column, 'align'>, scope?: 'col' | 'row'): HTMLTableCellElement => {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = align;
  if (scope !== undefined) made.scope = scope;
  return made;
};

const rowOf = (cells: readonly HTMLTableCellElement[]): HTMLTableRowElement => {
  const row = document.createElement('tr');
  row.append(...cells);
  return row;
};

/** Rows grouped at the rules, one table body for each group. */
const bodies = (rows: readonly Row[]): readonly (readonly (readonly string[])[])[] =>
  rows.reduce<(readonly string[])[][]>(
    (all, row) => {
      if (row === 'rule') all.push([]);
      else all.at(-1)?.push(row);
      return all;
    },
    [[]],
  );

/** Makes an element focusable if its new content overflows, so that the keyboard can scroll it. */
export const scrollable = (place: HTMLElement): void => {
  if (place.scrollWidth > place.clientWidth || place.scrollHeight > place.clientHeight) place.tabIndex = 0;
};

/** Inserts the table into an element, which must be on the page already. */
export const showSheet = (place: HTMLElement, { columns, rows, sentences }: Sheet, caption: string): void => {
  const table = document.createElement('table');
  table.createCaption().textContent = caption;
  const cellsOf = (row: readonly string[]): readonly HTMLTableCellElement[] =>
    columns.map((column, index) => (index === 0 ? cell('th', row[0] ?? '', column, 'row') : cell('td', row[index] ?? '', column)));
  table.createTHead().append(rowOf(columns.map((column) => cell('th', column.head.join(' '), column, 'col'))));
  for (const body of bodies(rows)) table.createTBody().append(...body.map((row) => rowOf(cellsOf(row))));
  const notes = sentences.map((text) => Object.assign(document.createElement('p'), { className: 'note', textContent: text }));
  const scroll = document.createElement('section');
  scroll.className = 'scroll';
  scroll.setAttribute('aria-label', caption);
  scroll.append(table);
  place.replaceChildren(scroll, ...notes);
  scrollable(scroll);
};
