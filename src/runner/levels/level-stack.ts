/**
 * The open levels of a run, finest first, on one backend. A level does not know other levels; this stack does. Not here: training
 * (`../stages/trainer.ts`), what becomes of a layer in a transfer (`src/transfer`, `transfers.ts`), other widths (`width-transfers.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError } from '../../backend.js';
import type { SizedModel } from '../../model/family.js';
import { sharedParameters } from '../../model/parameters.js';
import { addFlops, type Flops } from '../../program/flops.js';
import type { GrowStage, Optimizer, ProlongateStage, RestrictStage } from '../../schedule/schedule.js';
import { type ArmStart, firstGrid, type LevelState } from '../../schedule/walk.js';
import type { MergeRecipes } from '../../transfer/merge.js';
import { momentsTransfer } from '../../transfer/moments.js';
import { prolongationOf, transferOf } from '../../transfer/operators.js';
import { growthRecipes, prolongationRecipes, restrictionRecipes } from '../../transfer/recipe.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { Branches, type OpenBranch } from './branches.js';
import { type Cell, type Cells, type Level, releaseCell, releaseCells, sameTensors, type TensorsAt, tensorsOf } from './cell.js';
import { type Initial, initialCell, initialLayer } from './initial-cell.js';
import type { RunMemory } from './memory.js';
import type { OpenLevel } from './open-level.js';
import { type Restored, restore } from './restore.js';
import { TensorStore } from './tensor-store.js';
import { Transfers } from './transfers.js';
import { WidthTransfers } from './width-transfers.js';

export class LevelStack {
  readonly #open: OpenLevel[];
  readonly #branches: Branches;
  readonly #widths: WidthTransfers;

  private constructor(
    readonly store: TensorStore,
    readonly transfers: Transfers,
    readonly tensorsAt: TensorsAt,
    open: readonly OpenLevel[],
    branches: readonly OpenBranch[] = [],
  ) {
    this.#open = [...open];
    this.#branches = new Branches(store, transfers, tensorsAt, branches);
    this.#widths = new WidthTransfers(store, transfers, tensorsAt);
  }

  /** The levels and branches that a checkpoint holds, with everything that they held. */
  static async restore(
    backend: Backend,
    model: SizedModel,
    optimizer: Optimizer,
    seed: number,
    checkpoint: Checkpoint,
  ): Promise<E.Either<BackendError, { readonly stack: LevelStack; readonly memory: RunMemory }>> {
    const store = new TensorStore(backend);
    const restored = await restore(store, checkpoint);
    return E.map(({ levels, branches, memory }: Restored) => ({
      stack: new LevelStack(store, new Transfers({ store, optimizer, seed }, model), tensorsOf(model, optimizer), levels, branches),
      memory,
    }))(restored);
  }

  /** The finest level with its initial values (`seed`) and zero moments. */
  static async create(
    backend: Backend,
    model: SizedModel,
    optimizer: Optimizer,
    seed: number,
  ): Promise<E.Either<BackendError, LevelStack>> {
    const store = new TensorStore(backend);
    const initial: Initial = { store, optimizer, seed };
    const shared = await initialCell(initial, sharedParameters(model), (name) => name);
    if (E.isLeft(shared)) return shared;
    const cells: Cell[] = [];
    for (let layer = 0; layer < model.layers; layer++) {
      const made = await initialLayer(initial, model, layer);
      if (E.isLeft(made)) return made;
      cells.push(made.right);
    }
    const finest: Level = { ...firstGrid(model), shared: shared.right, cells };
    return E.right(new LevelStack(store, new Transfers(initial, model), tensorsOf(model, optimizer), [finest]));
  }

  get current(): Level {
    return this.#open.at(-1) as OpenLevel;
  }

  /** The open levels, finest first. */
  get levels(): readonly OpenLevel[] {
    return this.#open;
  }

  /** The open branches, the outermost first. */
  get branches(): readonly OpenBranch[] {
    return this.#branches.open;
  }

  /** @param keepShared whether the shared layers may be wanted back as they are now. */
  async restrict(stage: RestrictStage, to: LevelState, keepShared = false): Promise<E.Either<BackendError, Flops>> {
    const fine = this.current;
    const transfer = transferOf(stage.operator, fine.layers);
    const recipes = restrictionRecipes(transfer.restriction);
    const made = await this.transfers.apply(recipes, { from: fine.cells }, momentsTransfer(stage, fine, to), this.tensorsAt(fine).layer);
    if (E.isLeft(made)) return made;
    const narrowed = await this.#widths.narrow(stage, transfer, fine, made.right.cells);
    if (E.isLeft(narrowed)) return narrowed;
    const { cells, shared, flops } = narrowed.right;
    const restricted = cells.map((cell) => sameTensors(this.store, cell));
    const own = shared === undefined ? {} : { restrictedShared: sameTensors(this.store, shared) };
    const kept = keepShared ? { shared: sameTensors(this.store, fine.shared) } : {};
    this.#open.push({ ...to, shared: shared ?? fine.shared, cells, origin: { transfer, restricted, ...own, ...kept } });
    return E.right(addFlops(made.right.flops, flops));
  }

  /** The present level's objective gets the linear term ⟨τ, θ⟩. */
  correct(tau: Cells): void {
    const level = this.#open.pop();
    if (level === undefined) throw new Error('a run has an open level');
    this.#open.push({ ...level, tau });
  }

  /** What a prolongation makes of the fine level's layers, which stay as they are until `adopt`. */
  async returned(stage: ProlongateStage): Promise<E.Either<BackendError, { readonly cells: readonly Cell[]; readonly flops: Flops }>> {
    const { fine, coarse, origin } = this.lastTwo;
    const prolongation = prolongationOf(stage.interpolation, origin.transfer);
    const recipes = prolongationRecipes(prolongation, origin.transfer.restriction, stage.correction);
    const sources = { from: coarse.cells, standing: fine.cells, restricted: origin.restricted };
    return this.transfers.apply(recipes, sources, momentsTransfer(stage, coarse, fine), this.tensorsAt(fine).layer);
  }

  /** Returns to the next finer level, whose layers become these. */
  adopt(cells: readonly Cell[]): void {
    const { fine, coarse } = this.lastTwo;
    this.#open.splice(-2, 2, { ...fine, cells });
    for (const cell of fine.cells) releaseCell(this.store, cell);
    // A narrower level has shared layers of its own.
    if (coarse.shared !== fine.shared) releaseCell(this.store, coarse.shared);
    this.#releaseLevel(coarse);
  }

  async prolongate(stage: ProlongateStage): Promise<E.Either<BackendError, Flops>> {
    if (this.lastTwo.origin.transfer.narrowing !== 1) return this.#prolongateWider(stage);
    const made = await this.returned(stage);
    if (E.isLeft(made)) return made;
    this.adopt(made.right.cells);
    return E.right(made.right.flops);
  }

  async #prolongateWider(stage: ProlongateStage): Promise<E.Either<BackendError, Flops>> {
    const { fine, coarse, origin } = this.lastTwo;
    const { transfer } = origin;
    const recipes = prolongationRecipes(prolongationOf(stage.interpolation, transfer), transfer.restriction, stage.correction);
    const widened = await this.#widths.widen(stage, fine, coarse, origin);
    if (E.isLeft(widened)) return widened;
    const back = widened.right;
    const sources = { from: back.cells, standing: fine.cells, restricted: back.restricted };
    const made = await this.transfers.apply(recipes, sources, momentsTransfer(stage, coarse, fine), this.tensorsAt(fine).layer);
    if (E.isLeft(made)) return made;
    const shared = await this.#widths.returnShared(stage, fine, back.shared);
    if (E.isLeft(shared)) return shared;
    this.adopt(made.right.cells);
    for (const cell of [...back.cells, ...back.restricted, ...back.shared]) releaseCell(this.store, cell);
    return E.right(addFlops(back.flops, addFlops(made.right.flops, shared.right)));
  }

  /** The present level with the one that it came from, and how. */
  get lastTwo(): { readonly fine: OpenLevel; readonly coarse: OpenLevel; readonly origin: NonNullable<OpenLevel['origin']> } {
    const [fine, coarse] = this.#open.slice(-2);
    if (coarse?.origin === undefined || fine === undefined) throw new Error('the verifier lets no way back through on the finest level');
    return { fine, coarse, origin: coarse.origin };
  }

  async grow(stage: GrowStage, to: LevelState): Promise<E.Either<BackendError, Flops>> {
    const before = this.current;
    const recipes = growthRecipes(stage.growth, before.layers);
    const moments = momentsTransfer(stage, before, to);
    const made = await this.transfers.apply(recipes, { from: before.cells }, moments, this.tensorsAt(before).layer);
    if (E.isLeft(made)) return made;
    this.#open.splice(-1, 1, { ...before, ...to, cells: made.right.cells });
    for (const cell of before.cells) releaseCell(this.store, cell);
    return E.right(made.right.flops);
  }

  /** An arm of a branch begins: the present level is (again) what it was where the branch began. */
  arm({ arm }: ArmStart): void {
    this.#branches.arm(arm, this.current);
  }

  /** The arms of the innermost branch become one. */
  async merge(recipes: MergeRecipes): Promise<E.Either<BackendError, Flops>> {
    return this.#branches.merge(recipes, this.current);
  }

  /** Gives every tensor back to the backend; the stack is not used again. */
  release(): void {
    for (const shared of new Set(this.#open.map((level) => level.shared))) releaseCell(this.store, shared);
    for (const level of this.#open) this.#releaseLevel(level);
    this.#branches.release();
    this.transfers.dispose();
    this.#widths.dispose();
  }

  /** All that a level holds but its shared layers. */
  #releaseLevel({ cells, origin, tau }: OpenLevel): void {
    const kept = [origin?.restrictedShared, origin?.shared].flatMap((cell) => (cell === undefined ? [] : [cell]));
    for (const cell of [...cells, ...(origin?.restricted ?? []), ...kept]) releaseCell(this.store, cell);
    if (tau !== undefined) releaseCells(this.store, tau);
  }
}
