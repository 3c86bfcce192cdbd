/**
 * The line search of a prolongation (MG/Opt, Nash 2000): what was learnt on the coarse level is a direction, of which the full step, half of it, and
 * so on is tried until the objective of the fine level is below what it was; if it never is, the fine level stays. The shared layers were trained in
 * place: their step since the restriction is scaled with the correction. Not here: the list of tries (`src/plan/work.ts`), the correction itself
 * (`../levels/level-stack.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import type { Fault } from '../../fault.js';
import type { SearchWork } from '../../plan/work.js';
import { gridOf } from '../../schedule/grid.js';
import type { SearchResult } from '../events/events.js';
import { type Cells, releaseCells, sameTensors } from '../levels/cell.js';
import type { RunState } from '../state/run-state.js';
import { nextBatches } from './next-batches.js';
import { Trainer } from './trainer.js';

export const searchLine = async (
  run: RunState,
  { objective, tries }: SearchWork,
): Promise<E.Either<BackendError | Fault, SearchResult>> => {
  const { stack, schedule } = run.given;
  const { store } = stack;
  const { fine, origin } = stack.lastTwo;
  const before = origin.shared;
  if (before === undefined) throw new Error('a restriction that a line search answers keeps the shared layers');
  const program = await run.programs.get(objective);
  if (E.isLeft(program)) return program;
  const objectiveOf = (cells: Cells): Promise<E.Either<BackendError | Fault, number>> => {
    const level = { ...gridOf(fine), ...cells, ...(fine.tau === undefined ? {} : { tau: fine.tau }) };
    return new Trainer(store, level, schedule.setup.optimizer).evaluate(program.right, nextBatches(run, objective), 'objective');
  };
  const objectiveBefore = await objectiveOf({ shared: before, cells: fine.cells });
  if (E.isLeft(objectiveBefore)) return objectiveBefore;
  for (const [index, { alpha, cells }] of tries.entries()) {
    const made = await stack.attempt(cells, before);
    if (E.isLeft(made)) return made;
    // Where the step is taken whole the shared layers are there already.
    const { layers, shared = sameTensors(store, fine.shared) } = made.right;
    const reached = await objectiveOf({ shared, cells: layers });
    if (E.isLeft(reached)) return reached;
    if (reached.right < objectiveBefore.right) {
      stack.comeBack({ layers, shared });
      return E.right({ alpha, tries: index + 1 });
    }
    releaseCells(store, { shared, cells: layers });
  }
  stack.comeBack({ layers: fine.cells.map((cell) => sameTensors(store, cell)), shared: sameTensors(store, before) });
  return E.right({ alpha: 0, tries: tries.length });
};
