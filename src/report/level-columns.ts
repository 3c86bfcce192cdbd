/** The columns that say on which grid a stage is: heads and width only where they vary. Not here: the other columns (`plan-sheet.ts`, `run-sheet.ts`). */
import type { LevelState } from '../schedule/walk.js';
import type { Column } from './sheet.js';

type Grid = Pick<LevelState, 'level' | 'layers' | 'heads' | 'width'>;

export interface LevelColumns {
  readonly columns: readonly Column[];
  readonly cells: (grid: Grid) => readonly string[];
  /** As many empty cells. */
  readonly none: readonly string[];
}

export const levelColumns = (stages: readonly Grid[]): LevelColumns => {
  const keys: readonly (keyof Grid)[] =
    new Set(stages.map(({ width }) => width)).size > 1 ? ['level', 'layers', 'heads', 'width'] : ['level', 'layers'];
  return {
    columns: keys.map((key): Column => ({ head: [key], align: 'right' })),
    cells: (grid) => keys.map((key) => String(grid[key])),
    none: keys.map(() => ''),
  };
};
