/**
 * The tau correction of a level that has just been opened (FAS, Brandt 1977; MG/Opt, Nash 2000):
 *
 *     τ = Pᵀ(∇F_fine(θ) + τ_fine) − ∇F_coarse(Rθ),
 *
 * both gradients being means over the same batches, and τ_fine the fine level's own, if it has one. The shared layers are on both levels: there
 * P is the identity. Not here: where τ is added to the gradient (`src/model/programs.ts`), where it has a meaning (`src/schedule/tau.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, DeviceTensor, Executable, HostTensor } from '../../backend.js';
import type { Batch } from '../../data/batches.js';
import { gradientSumNames } from '../../model/programs.js';
import { addFlops, type Flops, scaleFlops } from '../../program/flops.js';
import type { TensorType } from '../../program/program.js';
import type { Tau } from '../../schedule/schedule.js';
import { gridOf } from '../../schedule/walk.js';
import type { MomentsTransfer } from '../../transfer/moments.js';
import { gradientRecipes } from '../../transfer/recipe.js';
import { type Cell, type Cells, cellsByGroup, gradientTensors, heldCells, type Level, releaseCells, sameTensors } from '../levels/cell.js';
import type { TensorStore } from '../levels/tensor-store.js';
import type { RunState } from '../run-state.js';
import { nextBatches } from './next-batches.js';
import { batchTensor } from './trainer.js';

/** Gradients have no moments to speak of. */
export const gradientMoments: MomentsTransfer = { policy: 'carry', counters: 'carry', gradientFactor: 1 };

/** Zeros for each parameter of a level. */
const zeros = async (store: TensorStore, level: Level): Promise<E.Either<BackendError, Cells>> => {
  const made: Cell[] = [];
  for (const { cell } of cellsByGroup(level)) {
    const zero: Cell = { parameters: new Map(), moments: new Map(), updates: 0 };
    for (const [name, { type }] of cell.parameters) {
      const tensor = await store.zeros(type.shape);
      if (E.isLeft(tensor)) return tensor;
      store.put(zero.parameters, name, tensor.right);
    }
    made.push(zero);
  }
  const [shared, ...cells] = made;
  if (shared === undefined) throw new Error('every level has its shared cell');
  return E.right({ shared, cells });
};

/** Adds weight · gradient of each batch to the sums, in place. */
const addGradients = async (
  store: TensorStore,
  level: Level,
  sums: Cells,
  executable: Executable,
  batches: Iterable<Batch>,
  weight: number,
): Promise<E.Either<BackendError, void>> => {
  const { program } = executable;
  const places = new Map(
    cellsByGroup(sums).flatMap(({ cell, fullName }) =>
      [...cell.parameters.keys()].map((name): [string, { cell: Cell; name: string }] => [fullName(name), { cell, name }]),
    ),
  );
  for (const batch of batches) {
    const tensors = new Map<string, DeviceTensor>([
      ...cellsByGroup(level).flatMap(({ cell, fullName }) =>
        [...cell.parameters].map(([name, tensor]): [string, DeviceTensor] => [fullName(name), tensor]),
      ),
      ...cellsByGroup(sums).flatMap(({ cell, fullName }) =>
        [...cell.parameters].map(([name, tensor]): [string, DeviceTensor] => [gradientSumNames.sum(fullName(name)), tensor]),
      ),
    ]);
    const run = await executable.run(
      program.inputs.map(({ name, role, value }): DeviceTensor | HostTensor => {
        const type = program.types[value] as TensorType;
        if (role === 'batch') return batchTensor(type, name, batch);
        if (role === 'scalar') return { type, data: Float32Array.of(weight) };
        const tensor = tensors.get(name);
        if (tensor === undefined) throw new Error(`a gradient asks for ${name}`);
        return tensor;
      }),
    )();
    if (E.isLeft(run)) return run;
    for (const [index, { name }] of program.outputs.entries()) {
      const place = places.get(name);
      if (place === undefined) throw new Error(`a gradient gives ${name}`);
      store.put(place.cell.parameters, place.name, run.right[index] as DeviceTensor);
    }
  }
  return E.right(undefined);
};

/** Computes τ of the level that the run has just opened, on the training batches of its next steps, and gives it to the level. */
export const correctLevel = async (run: RunState, { batches: count }: Tau): Promise<E.Either<BackendError, Flops>> => {
  const { stack } = run.given;
  const { store, transfers } = stack;
  const { fine, coarse, origin } = stack.lastTwo;
  const ofFine = await run.programs.get('gradient-sum', gridOf(fine));
  if (E.isLeft(ofFine)) return ofFine;
  const ofCoarse = await run.programs.get('gradient-sum', gridOf(coarse));
  if (E.isLeft(ofCoarse)) return ofCoarse;
  const batches = nextBatches(run, count);

  const begun: E.Either<BackendError, Cells> = fine.tau === undefined ? await zeros(store, fine) : E.right(heldCells(store, fine.tau));
  if (E.isLeft(begun)) return begun;
  const gradient = begun.right;
  const added = await addGradients(store, fine, gradient, ofFine.right, batches, 1 / count);
  if (E.isLeft(added)) return added;

  const restricted = await transfers.apply(
    gradientRecipes(origin.transfer.prolongation),
    { from: gradient.cells },
    gradientMoments,
    gradientTensors(stack.tensorsAt(fine).layer),
  );
  if (E.isLeft(restricted)) return restricted;
  const tau: Cells = { shared: sameTensors(store, gradient.shared), cells: restricted.right.cells };
  releaseCells(store, gradient);

  const subtracted = await addGradients(store, coarse, tau, ofCoarse.right, batches, -1 / count);
  if (E.isLeft(subtracted)) return subtracted;
  stack.correct(tau);
  return E.right(addFlops(scaleFlops(count, addFlops(ofFine.right.flops, ofCoarse.right.flops)), restricted.right.flops));
};
