/**
 * A table before anyone has laid it out: columns, rows of text, and the sentences under it. Not here: characters on lines (`table.ts`), what
 * is in the cells (`../plan/plan-sheet.ts`, `../run/run-sheet.ts`).
 */
export interface Column {
  /** Lines of the head, top to bottom. */
  readonly head: readonly string[];
  readonly align: 'left' | 'right';
  /** Given up first when the table is wider than allowed: text in such a column wraps. */
  readonly shrinks?: boolean;
}

/** A column with what it says of each thing that has a row. */
export interface ColumnOf<Thing> extends Column {
  readonly cell: (thing: Thing) => string;
}

export const rowsOf = <Thing>(columns: readonly ColumnOf<Thing>[], things: readonly Thing[]): readonly (readonly string[])[] =>
  things.map((thing) => columns.map(({ cell }) => cell(thing)));

/** A row of cells, or a rule across the table. */
export type Row = readonly string[] | 'rule';

export interface Sheet {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly sentences: readonly string[];
}

/** Nobody reads more rows than these at one sitting. */
const MOST_ROWS = 200;

/** The first and the last rows of a table that is too long to read, and between them a row that says how many are not shown. */
export const elide = (rows: readonly Row[], most = MOST_ROWS): readonly Row[] => {
  if (rows.length <= most) return rows;
  const shown = Math.floor(most / 2);
  return [...rows.slice(0, shown), [`… ${rows.length - 2 * shown} more rows`], ...rows.slice(-shown)];
};
