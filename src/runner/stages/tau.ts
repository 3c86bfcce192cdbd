/**
 * The tau correction of a level that has just been opened (FAS, Brandt 1977; MG/Opt, Nash 2000):
 *
 *     τ = Pᵀ(∇F_fine(θ) + τ_fine) − ∇F_coarse(Rθ),
 *
 * both gradients being means over the same batches, and τ_fine the fine level's own, if it has one. The shared layers are on both levels: there
 * P is the identity. Not here: where τ is added to the gradient (`src/model/training-step.ts`), where it has a meaning (`src/schedule/verify/tau-faults.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, Executable } from '../../backend.js';
import type { Batch } from '../../data/batches.js';
import type { Fault } from '../../fault.js';
import { addFlops, type Flops, scaleFlops } from '../../program/types/flops.js';
import { gridOf } from '../../schedule/grid.js';
import type { Visit } from '../../schedule/walk/walk.js';
import type { ResolvedRestriction } from '../../transfer/resolved.js';
import { type Cells, cellsHolding, type Level, parametersOf, releaseCells, sameTensors } from '../levels/cell.js';
import type { TensorStore } from '../levels/tensor-store.js';
import type { RunState } from '../state/run-state.js';
import { GradientSums, zeroSums } from './gradient-sums.js';
import { nextBatches } from './next-batches.js';
import { batchTensor } from './trainer.js';

/** The batches on which the gradients of a level are taken. */
interface GradientPass {
  readonly executable: Executable;
  /** In the size that the program sees. */
  readonly batches: Iterable<E.Either<Fault, Batch>>;
  /** The weight of each batch in the mean, negative for what is subtracted. */
  readonly weight: number;
}

/** The given sums (zero by default) plus the mean gradient of the level over the batches. */
const withGradient = async (
  store: TensorStore,
  level: Level,
  before: Cells | undefined,
  { executable, batches, weight }: GradientPass,
): Promise<E.Either<BackendError | Fault, Cells>> => {
  const zeros = await zeroSums(store, executable.program);
  if (E.isLeft(zeros)) return zeros;
  const sums = new GradientSums(store, zeros.right);
  if (before !== undefined) sums.restart(parametersOf(before));
  const parameters = parametersOf(level);
  let added: E.Either<BackendError | Fault, void> = E.right(undefined);
  for (const drawn of batches) {
    if (E.isLeft(added)) break;
    if (E.isLeft(drawn)) added = drawn;
    else
      added = await sums.add(
        executable,
        (input, type) => {
          const { role, name } = input;
          if (role === 'batch') return batchTensor(type, input, drawn.right);
          const tensor = parameters.get(name);
          if (tensor === undefined) throw new Error(`a gradient asks for the ${role} ${name}`);
          return tensor;
        },
        weight,
      );
  }
  const cells = E.map(() => cellsHolding(store, level, sums.sums))(added);
  sums.release();
  return cells;
};

/** Computes τ of the level that the run has just opened, on the training batches of its next steps, and sets it on the level. */
export const correctLevel = async (
  run: RunState,
  { accumulate = 1 }: Visit,
  tau: NonNullable<ResolvedRestriction['tau']>,
): Promise<E.Either<BackendError | Fault, Flops>> => {
  const { stack } = run.given;
  const { store, transfers } = stack;
  const { fine, coarse } = stack.lastTwo;
  const { batches: count } = tau;
  const ofFine = await run.programs.get('tau', { ...gridOf(fine), accumulate });
  if (E.isLeft(ofFine)) return ofFine;
  const ofCoarse = await run.programs.get('tau', { ...gridOf(coarse), accumulate });
  if (E.isLeft(ofCoarse)) return ofCoarse;
  const batches = nextBatches(run, count, accumulate);
  const parts = count * accumulate;

  const gradient = await withGradient(store, fine, fine.tau, { executable: ofFine.right, batches, weight: 1 / parts });
  if (E.isLeft(gradient)) return gradient;

  const restricted = await transfers.apply(tau.gradient, { from: gradient.right.cells });
  if (E.isLeft(restricted)) return restricted;
  const ofBoth: Cells = { shared: sameTensors(store, gradient.right.shared), cells: restricted.right.cells };
  releaseCells(store, gradient.right);

  const term = await withGradient(store, coarse, ofBoth, { executable: ofCoarse.right, batches, weight: -1 / parts });
  releaseCells(store, ofBoth);
  if (E.isLeft(term)) return term;
  stack.correct(term.right);
  const gradients = scaleFlops(parts, addFlops(ofFine.right.flops, ofCoarse.right.flops));
  return E.right(addFlops(gradients, restricted.right.flops));
};
