/**
 * The columns that say on which grid a stage is: heads and width only where they vary. Not here: the other columns (`../plan/plan-sheet.ts`,
 * `../run/run-sheet.ts`).
 */
import type { Grid } from '../../schedule/grid.js';
import type { Column } from './sheet.js';

type Dimensions = Pick<Grid, 'level' | 'layers' | 'heads' | 'width'>;

export interface LevelColumns {
  readonly columns: readonly Column[];
  readonly cells: (grid: Dimensions) => readonly string[];
  /** As many empty cells. */
  readonly none: readonly string[];
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

export const levelColumns = (stages: readonly Dimensions[], { compact = false }: { readonly compact?: boolean } = {}): LevelColumns => {
  const shown = shownOf(stages, compact);
  return {
    columns: shown.map(({ head }): Column => ({ head, align: 'right' })),
    cells: (grid) => shown.map(({ cell }) => cell(grid)),
    none: shown.map(() => ''),
  };
};
