/**
 * The line search of a prolongation (MG/Opt, Nash 2000): what was learnt on the coarse level is a direction, of which the full step, half of it, and
 * so on is tried until the objective of the fine level is below what it was; if it never is, the fine level stays. The shared layers were trained in
 * place: their step since the restriction is scaled with the correction. Not here: the correction itself (`../levels/level-stack.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import type { Fault } from '../../fault.js';
import { addFlops, type Flops, scaleFlops } from '../../program/types/flops.js';
import { gridOf } from '../../schedule/grid.js';
import type { Visit } from '../../schedule/walk/walk.js';
import type { Blend, ResolvedProlongation } from '../../transfer/resolved.js';
import { type Try, tryOf } from '../../transfer/tries.js';
import type { SearchResult } from '../events/events.js';
import { type Cell, type Cells, releaseCells, restoreCell, sameTensors } from '../levels/cell.js';
import type { LevelStack } from '../levels/level-stack.js';
import type { RunState } from '../state/run-state.js';
import { nextBatches } from './next-batches.js';
import { Trainer } from './trainer.js';

/** The fine level after a try. */
const attempted = async (
  stack: LevelStack,
  { layers, shared }: Try,
  before: Cell,
): Promise<E.Either<BackendError, Cells & { readonly flops: Flops }>> => {
  const made = await stack.returned(layers);
  if (E.isLeft(made)) return made;
  const { shared: now } = stack.current;
  if (shared === undefined) return E.right({ ...made.right, shared: sameTensors(stack.store, now) });
  const moved = await stack.transfers.apply(shared, { from: [now], destination: [before], restricted: [before] });
  if (E.isLeft(moved)) return moved;
  const [cell] = moved.right.cells;
  if (cell === undefined) throw new Error('one recipe makes one cell');
  return E.right({ shared: cell, cells: made.right.cells, flops: addFlops(made.right.flops, moved.right.flops) });
};

export const searchLine = async (
  run: RunState,
  { accumulate = 1 }: Visit,
  layers: Blend,
  search: NonNullable<ResolvedProlongation['search']>,
): Promise<E.Either<BackendError | Fault, { readonly flops: Flops; readonly search: SearchResult }>> => {
  const { tries, batches: count } = search;
  const { stack, schedule } = run.given;
  const { store } = stack;
  const { fine, origin } = stack.lastTwo;
  const before = origin.shared;
  if (before === undefined) throw new Error('a restriction that a line search answers keeps the shared layers');
  const program = await run.programs.get('line-search', { ...gridOf(fine), hasTau: fine.tau !== undefined, accumulate });
  if (E.isLeft(program)) return program;
  const batches = nextBatches(run, count);
  const objectiveOf = (cells: Cells): Promise<E.Either<BackendError | Fault, number>> => {
    const level = { ...gridOf(fine), ...cells, ...(fine.tau === undefined ? {} : { tau: fine.tau }) };
    return new Trainer(store, level, schedule.setup.optimizer).evaluate(program.right, batches, { parts: accumulate, wanted: 'objective' });
  };
  const each = scaleFlops(count * accumulate, program.right.flops);
  const objectiveBefore = await objectiveOf({ shared: before, cells: fine.cells });
  if (E.isLeft(objectiveBefore)) return objectiveBefore;
  let flops = each;
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const tried = tryOf(layers, search, attempt);
    const made = await attempted(stack, tried, before);
    if (E.isLeft(made)) return made;
    const { flops: blended, ...cells } = made.right;
    const reached = await objectiveOf(cells);
    if (E.isLeft(reached)) return reached;
    flops = addFlops(flops, addFlops(blended, each));
    if (reached.right < objectiveBefore.right) {
      restoreCell(store, stack.current.shared, cells.shared);
      releaseCells(store, { shared: cells.shared, cells: [] });
      stack.adopt(cells.cells);
      return E.right({ flops, search: { alpha: tried.alpha, tries: attempt } });
    }
    releaseCells(store, cells);
  }
  restoreCell(store, stack.current.shared, before);
  stack.adopt(fine.cells.map((cell) => sameTensors(store, cell)));
  return E.right({ flops, search: { alpha: 0, tries } });
};
