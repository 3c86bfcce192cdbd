/**
 * A table with a row for each stage. Of the columns for a stage's grid, heads and width appear only if they vary. Not here: figures
 * (`../plan/plan-sheet.ts`, `../run/run-sheet.ts`).
 */
import type { Grid } from '../../schedule/grid.js';
import { layersCell } from './layers.js';
import type { Column } from './sheet.js';

type Dimensions = Pick<Grid, 'level' | 'layers' | 'heads' | 'width' | 'loops'>;

/** A table of stages with these figures, each under its heading. */
export interface StageTable<Figure extends string> {
  readonly columns: readonly Column[];
  /** A row from a stage's label, its grid if it has one, and the figures that it has. */
  readonly row: (label: string, grid: Dimensions | undefined, figures: Partial<Record<Figure, string>>) => readonly string[];
}

interface Shown {
  readonly head: readonly string[];
  readonly cell: (grid: Dimensions) => string;
}

const one = (key: 'level' | 'heads' | 'width'): Shown => ({ head: [key], cell: (grid) => String(grid[key]) });

const layers: Shown = { head: ['layers'], cell: layersCell };

/** For a table without room for two more columns: the number of heads is the width divided by the size of a head, which never varies. */
const layersByWidth: Shown = { head: ['layers', '×width'], cell: (grid) => `${layersCell(grid)}×${grid.width}` };

const shownOf = (stages: readonly Dimensions[], compact: boolean): readonly Shown[] => {
  const varies = new Set(stages.map(({ width }) => width)).size > 1;
  if (!varies) return [one('level'), layers];
  return compact ? [one('level'), layersByWidth] : [one('level'), layers, one('heads'), one('width')];
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
