/**
 * The tau correction of a level that has just been opened (FAS, Brandt 1977; MG/Opt, Nash 2000):
 *
 *     τ = Pᵀ(∇F_fine(θ) + τ_fine) − ∇F_coarse(Rθ),
 *
 * both gradients being means over the same batches, and τ_fine the fine level's own, if it has one. The shared layers are on both levels: there
 * P is the identity. Not here: where τ is added to the gradient (`src/model/training-step.ts`), where it has a meaning (`src/schedule/verify/tau-faults.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import type { Fault } from '../../fault.js';
import type { ModelWork, TauWork } from '../../plan/work.js';
import { type Cells, cellsHolding, type Level, parametersOf, releaseCells, sameTensors } from '../levels/cell.js';
import type { RunState } from '../state/run-state.js';
import { GradientSums, zeroSums } from './gradient-sums.js';
import { nextBatches } from './next-batches.js';
import { batchTensor } from './trainer.js';

/** The level whose mean gradient is added, with which sign, and to what (zero where it is undefined). */
interface GradientPass {
  readonly level: Level;
  readonly before: Cells | undefined;
  readonly sign: 1 | -1;
}

const withGradient = async (
  run: RunState,
  work: ModelWork,
  { level, before, sign }: GradientPass,
): Promise<E.Either<BackendError | Fault, Cells>> => {
  const { store } = run.given.stack;
  const executable = await run.programs.get(work);
  if (E.isLeft(executable)) return executable;
  const zeros = await zeroSums(store, executable.right.program);
  if (E.isLeft(zeros)) return zeros;
  const sums = new GradientSums(store, zeros.right);
  if (before !== undefined) sums.restart(parametersOf(before));
  const parameters = parametersOf(level);
  let added: E.Either<BackendError | Fault, void> = E.right(undefined);
  for (const drawn of nextBatches(run, work)) {
    if (E.isLeft(added)) break;
    if (E.isLeft(drawn)) added = drawn;
    else
      added = await sums.add(
        executable.right,
        (input, type) => {
          if (input.role === 'batch') return batchTensor(type, input, drawn.right);
          const tensor = parameters.get(input.name);
          if (tensor === undefined) throw new Error(`a gradient asks for the ${input.role} ${input.name}`);
          return tensor;
        },
        sign / work.times,
      );
  }
  const cells = E.map(() => cellsHolding(store, level, sums.sums))(added);
  sums.release();
  return cells;
};

/** Computes τ of the level that the run has just opened, on the training batches of its next steps, and sets it on the level. */
export const correctLevel = async (run: RunState, work: TauWork): Promise<E.Either<BackendError | Fault, void>> => {
  const { stack } = run.given;
  const { store, transfers } = stack;
  const { fine, coarse } = stack.lastTwo;
  const gradient = await withGradient(run, work.fine, { level: fine, before: fine.tau, sign: 1 });
  if (E.isLeft(gradient)) return gradient;

  const restricted = await transfers.apply(work.down, { from: gradient.right.cells });
  if (E.isLeft(restricted)) return restricted;
  const ofBoth: Cells = { shared: sameTensors(store, gradient.right.shared), cells: restricted.right };
  releaseCells(store, gradient.right);

  const term = await withGradient(run, work.coarse, { level: coarse, before: ofBoth, sign: -1 });
  releaseCells(store, ofBoth);
  if (E.isLeft(term)) return term;
  stack.correct(term.right);
  return E.right(undefined);
};
