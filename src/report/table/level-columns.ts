/**
 * A table with a row a stage. Of the columns that say on which grid it is, heads and width are there only where they vary. Not here: figures (`../plan/plan-sheet.ts`,
 * `../run/run-sheet.ts`).
 */
import type { Grid } from '../../schedule/grid.js';
import type { Column } from './sheet.js';

type Dimensions = Pick<Grid, 'level' | 'layers' | 'heads' | 'width'>;

/** The table of stages that has these figures, each under its head. */
export interface StageTable<Figure extends string> {
  readonly columns: readonly Column[];
  /** What is said of a stage, its grid unless it has none, and those figures that it has. */
  readonly row: (label: string, grid: Dimensions | undefined, figures: Partial<Record<Figure, string>>) => readonly string[];
}

interface Shown {
  readonly head: readonly string[];
  readonly cell: (grid: Dimensions) => string;
}

const one = (key: keyof Dimensions): Shown => ({ head: [key], cell: (grid) => String(grid[key]) });

/** For a table that has no room for two more columns: heads are the width by the size of a head, which never varies. */
const layersByWidth: Shown = { head: ['layers', '×width'], cell: ({ layers, width }) => `${layers}×${width}` };

const shownOf = (stages: readonly Dimensions[], compact: boolean): readonly Shown[] => {
  const varies = new Set(stages.map(({ width }) => width)).size > 1;
  if (!varies) return [one('level'), one('layers')];
  return compact ? [one('level'), layersByWidth] : [one('level'), one('layers'), one('heads'), one('width')];
};

export const stageTable = <Figure extends string>(
  heads: Readonly<Record<Figure, readonly string[]>>,
  stages: readonly Dimensions[],
  { compact = false }: { readonly compact?: boolean } = {},
): StageTable<Figure> => {
  const shown = shownOf(stages, compact);
  const figures = Object.entries<readonly string[]>(heads);
  const right = (head: readonly string[]): Column => ({ head, align: 'right' });
  return {
    columns: [
      { head: ['stage'], align: 'left', shrinks: true },
      ...shown.map(({ head }) => right(head)),
      ...figures.map(([, head]) => right(head)),
    ],
    row: (label, grid, has) => [
      label,
      ...shown.map(({ cell }) => (grid === undefined ? '' : cell(grid))),
      ...figures.map(([figure]) => has[figure as Figure] ?? ''),
    ],
  };
};
