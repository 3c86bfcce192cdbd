/**
 * The line search of a prolongation (MG/Opt, Nash 2000): what was learnt on the coarse level is a direction, which is taken whole, halved, and so
 * on, until the objective of the fine level is below what it was; if it never is, the fine level stays. The shared layers were trained in place:
 * their step since the restriction is scaled with the correction. Not here: the correction as such (`../levels/level-stack.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import { addFlops, type Flops, scaleFlops } from '../../program/flops.js';
import type { LineSearch, ProlongateStage } from '../../schedule/schedule.js';
import { gridOf, type Visit } from '../../schedule/walk.js';
import type { MomentsTransfer } from '../../transfer/moments.js';
import type { Recipe } from '../../transfer/recipe.js';
import type { SearchResult } from '../events.js';
import { type Cell, type Cells, putBack, releaseCells, sameTensors } from '../levels/cell.js';
import type { LevelStack } from '../levels/level-stack.js';
import type { RunState } from '../run-state.js';
import { nextBatches } from './next-batches.js';
import { Trainer } from './trainer.js';

/** The share of the correction that a try takes, 1, ½, ¼, …; tries count from 1. */
export const shareOf = (attempt: number): number => 2 ** (1 - attempt);

/** The shared layers' step since the restriction, scaled. */
export const sharedRecipe = (share: number): Recipe => ({ kind: 'correct', share, terms: [{ column: 0, weight: 1 }] });

/** Moments of the shared layers go with their step. */
export const sharedMoments: MomentsTransfer = { policy: 'carry', counters: 'carry', gradientFactor: 1 };

/**
 * What a line search costs after one try, two, …: the objective where the fine level stood and at each try, the layers' correction at each, and
 * the shared layers' at each but the first.
 */
export const searchFlops = (
  { tries, batches }: LineSearch,
  once: { readonly objective: Flops; readonly moved: Flops; readonly shared: Flops },
): readonly Flops[] => {
  const evaluated = scaleFlops(batches, once.objective);
  const first = addFlops(evaluated, addFlops(evaluated, once.moved));
  const later = addFlops(evaluated, addFlops(once.moved, once.shared));
  return Array.from({ length: tries }, (_, before) => addFlops(first, scaleFlops(before, later)));
};

const scaled = (stage: ProlongateStage, share: number): ProlongateStage => {
  if (stage.correction.kind !== 'correction') throw new Error('the verifier lets no line search through without a correction');
  return { ...stage, correction: { kind: 'correction', alpha: stage.correction.alpha * share } };
};

/** The fine level as a share of the correction would make it. */
const attempted = async (
  stack: LevelStack,
  stage: ProlongateStage,
  share: number,
  before: Cell,
): Promise<E.Either<BackendError, Cells & { readonly flops: Flops }>> => {
  const layers = await stack.returned(scaled(stage, share));
  if (E.isLeft(layers)) return layers;
  const { shared: now } = stack.current;
  if (share === 1) return E.right({ ...layers.right, shared: sameTensors(stack.store, now) });
  const sources = { from: [now], standing: [before], restricted: [before] };
  const shared = await stack.transfers.apply([sharedRecipe(share)], sources, sharedMoments, stack.tensorsAt(stack.current).shared);
  if (E.isLeft(shared)) return shared;
  const [cell] = shared.right.cells;
  if (cell === undefined) throw new Error('one recipe makes one cell');
  return E.right({ shared: cell, cells: layers.right.cells, flops: addFlops(layers.right.flops, shared.right.flops) });
};

export const searchLine = async (
  run: RunState,
  { accumulate = 1 }: Visit,
  stage: ProlongateStage,
  { tries, batches: count }: LineSearch,
): Promise<E.Either<BackendError, { readonly flops: Flops; readonly search: SearchResult }>> => {
  const { stack, schedule } = run.given;
  const { store } = stack;
  const { fine, origin } = stack.lastTwo;
  const before = origin.shared;
  if (before === undefined) throw new Error('a restriction that a line search answers keeps the shared layers');
  const program = await run.programs.get('line-search', { ...gridOf(fine), hasTau: fine.tau !== undefined, accumulate });
  if (E.isLeft(program)) return program;
  const batches = nextBatches(run, count);
  const objectiveOf = (cells: Cells): Promise<E.Either<BackendError, number>> => {
    const level = { ...gridOf(fine), ...cells, ...(fine.tau === undefined ? {} : { tau: fine.tau }) };
    return new Trainer(store, level, schedule.setup.optimizer).evaluate(program.right, batches, accumulate);
  };
  const each = scaleFlops(count * accumulate, program.right.flops);
  const stood = await objectiveOf({ shared: before, cells: fine.cells });
  if (E.isLeft(stood)) return stood;
  let flops = each;
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const share = shareOf(attempt);
    const made = await attempted(stack, stage, share, before);
    if (E.isLeft(made)) return made;
    const { flops: blended, ...cells } = made.right;
    const reached = await objectiveOf(cells);
    if (E.isLeft(reached)) return reached;
    flops = addFlops(flops, addFlops(blended, each));
    if (reached.right < stood.right) {
      putBack(store, stack.current.shared, cells.shared);
      releaseCells(store, { shared: cells.shared, cells: [] });
      stack.adopt(cells.cells);
      const alpha = stage.correction.kind === 'correction' ? stage.correction.alpha : 1;
      return E.right({ flops, search: { alpha: alpha * share, tries: attempt } });
    }
    releaseCells(store, cells);
  }
  putBack(store, stack.current.shared, before);
  stack.adopt(fine.cells.map((cell) => sameTensors(store, cell)));
  return E.right({ flops, search: { alpha: 0, tries } });
};
