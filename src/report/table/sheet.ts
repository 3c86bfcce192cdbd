/**
 * A table before layout: columns, rows of text, and the sentences under it. Not here: characters on lines (`table.ts`), what is in the cells
 * (`../plan/plan-sheet.ts`, `../run/run-sheet.ts`).
 */
export interface Column {
  /** The lines of the heading, from top to bottom. */
  readonly head: readonly string[];
  readonly align: 'left' | 'right';
  /** Whether this column is narrowed if the table is too wide; its text then wraps. */
  readonly shrinks?: boolean;
}

/** A column with the function that gives its cell for each row's thing. */
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

/** Nobody reads more rows than this at once. */
const MOST_ROWS = 200;

/** Shortens a long table to its first and last rows, with a row between them that says how many are not shown. */
export const elide = (rows: readonly Row[], most = MOST_ROWS): readonly Row[] => {
  if (rows.length <= most) return rows;
  const shown = Math.floor(most / 2);
  return [...rows.slice(0, shown), [`… ${rows.length - 2 * shown} more rows`], ...rows.slice(-shown)];
};
