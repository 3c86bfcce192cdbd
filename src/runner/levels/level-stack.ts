/**
 * The open levels of a run, finest first, on one backend. A level does not know other levels; this stack does. Not here: training
 * (`../stages/trainer.ts`), what a transfer does to a layer (`src/transfer`, `blend-cells.ts`), other widths (`width-transfers.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Backend, BackendError } from '../../backend.js';
import type { SizedModel } from '../../model/family.js';
import type { Parameters } from '../../model/hugging-face.js';
import { sharedParameters } from '../../model/parameters.js';
import { addFlops, type Flops, noFlops } from '../../program/types/flops.js';
import { firstGrid, type Grid, gridOf } from '../../schedule/grid.js';
import type { Optimizer } from '../../schedule/schedule.js';
import type { ArmStart } from '../../schedule/walk/walk.js';
import type {
  Blend,
  ResolvedGrowth,
  ResolvedMerge,
  ResolvedProlongation,
  ResolvedRestriction,
  ResolvedTransfer,
  ResolvedVisit,
} from '../../transfer/resolved.js';
import type { Checkpoint } from '../checkpoints/saved-state.js';
import { Transfers } from './blend-cells.js';
import { Branches, type OpenBranch } from './branches.js';
import { type Cell, type Cells, type Level, releaseCell, releaseCells, sameTensors } from './cell.js';
import { type Initial, initialCell, initialLayer } from './initial-cell.js';
import type { OpenLevel } from './open-level.js';
import { type Restored, restore } from './restore.js';
import type { RunMemory } from './run-memory.js';
import { TensorStore } from './tensor-store.js';
import { WidthTransfers } from './width-transfers.js';

export class LevelStack {
  readonly #open: OpenLevel[];
  readonly #branches: Branches;
  readonly #widths: WidthTransfers;

  private constructor(
    readonly store: TensorStore,
    readonly transfers: Transfers,
    open: readonly OpenLevel[],
    branches: readonly OpenBranch[] = [],
  ) {
    this.#open = [...open];
    this.#branches = new Branches(store, transfers, branches);
    this.#widths = new WidthTransfers(store, transfers);
  }

  /** The levels and branches of a checkpoint, with all their tensors. */
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
      stack: new LevelStack(store, new Transfers({ store, optimizer, seed }, model), levels, branches),
      memory,
    }))(restored);
  }

  /** The finest level with initial values (from the seed, or given ones) and zero moments. */
  static async create(
    backend: Backend,
    model: SizedModel,
    optimizer: Optimizer,
    seed: number,
    given?: Parameters,
  ): Promise<E.Either<BackendError, LevelStack>> {
    const store = new TensorStore(backend);
    const drawn: Initial = { store, optimizer, seed };
    const initial: Initial = given === undefined ? drawn : { ...drawn, given };
    const shared = await initialCell(initial, sharedParameters(model), (name) => name);
    if (E.isLeft(shared)) return shared;
    const cells: Cell[] = [];
    for (let layer = 0; layer < model.layers; layer++) {
      const made = await initialLayer(initial, model, layer);
      if (E.isLeft(made)) return made;
      cells.push(made.right);
    }
    const finest: Level = { ...firstGrid(model), shared: shared.right, cells };
    // Layers that grow later have no given values: they begin as they would without them.
    return E.right(new LevelStack(store, new Transfers(drawn, model), [finest]));
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

  /** The part of a transfer that concerns the levels. */
  transfer(resolved: ResolvedTransfer, to: Grid): Promise<E.Either<BackendError, Flops>> {
    return match(resolved)
      .with({ kind: 'restrict' }, (restriction) => this.restrict(restriction, to))
      .with({ kind: 'prolongate' }, (prolongation) => this.prolongate(prolongation))
      .with({ kind: 'grow' }, (growth) => this.grow(growth, to))
      .with({ kind: 'merge' }, (merge) => this.merge(merge))
      .exhaustive();
  }

  /** Returns to the finest level and out of all branches; the visits are those of `resolvedClosing`. */
  async close(visits: readonly ResolvedVisit[]): Promise<E.Either<BackendError, void>> {
    for (const { transfer, ...to } of visits) {
      const moved = transfer === undefined ? E.right(noFlops) : await this.transfer(transfer, gridOf(to));
      if (E.isLeft(moved)) return moved;
    }
    return E.right(undefined);
  }

  async restrict({ transfer, layers, width, keepsShared }: ResolvedRestriction, to: Grid): Promise<E.Either<BackendError, Flops>> {
    const fine = this.current;
    const made = await this.transfers.apply(layers, { from: fine.cells });
    if (E.isLeft(made)) return made;
    const narrowed = await this.#widths.narrow(width, fine, made.right.cells);
    if (E.isLeft(narrowed)) return narrowed;
    const { cells, shared, flops } = narrowed.right;
    const restricted = cells.map((cell) => sameTensors(this.store, cell));
    const own = shared === undefined ? {} : { restrictedShared: sameTensors(this.store, shared) };
    const kept = keepsShared ? { shared: sameTensors(this.store, fine.shared) } : {};
    this.#open.push({ ...to, shared: shared ?? fine.shared, cells, origin: { transfer, restricted, ...own, ...kept } });
    return E.right(addFlops(made.right.flops, flops));
  }

  /** The present level's objective gets the linear term ⟨τ, θ⟩. */
  correct(tau: Cells): void {
    const level = this.#open.pop();
    if (level === undefined) throw new Error('a run has an open level');
    this.#open.push({ ...level, tau });
  }

  /** The result of a prolongation's recipes; the fine level's layers stay unchanged until `adopt`. */
  async returned(layers: Blend): Promise<E.Either<BackendError, { readonly cells: readonly Cell[]; readonly flops: Flops }>> {
    const { fine, coarse, origin } = this.lastTwo;
    return this.transfers.apply(layers, { from: coarse.cells, destination: fine.cells, restricted: origin.restricted });
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

  async prolongate(resolved: ResolvedProlongation): Promise<E.Either<BackendError, Flops>> {
    const { layers, width } = resolved;
    if (width === undefined) {
      const made = await this.returned(layers);
      if (E.isRight(made)) this.adopt(made.right.cells);
      return E.map(({ flops }: { readonly flops: Flops }) => flops)(made);
    }
    const { fine, coarse, origin } = this.lastTwo;
    const widened = await this.#widths.widen(width, resolved.corrects, coarse, origin);
    if (E.isLeft(widened)) return widened;
    const back = widened.right;
    const made = await this.transfers.apply(layers, { from: back.cells, destination: fine.cells, restricted: back.restricted });
    if (E.isLeft(made)) return made;
    const shared = await this.#widths.returnShared(width, fine, back.shared);
    if (E.isLeft(shared)) return shared;
    this.adopt(made.right.cells);
    for (const cell of [...back.cells, ...back.restricted, ...back.shared]) releaseCell(this.store, cell);
    return E.right(addFlops(back.flops, addFlops(made.right.flops, shared.right)));
  }

  /** The present level, the level from which it was opened, and the transfer. */
  get lastTwo(): { readonly fine: OpenLevel; readonly coarse: OpenLevel; readonly origin: NonNullable<OpenLevel['origin']> } {
    const [fine, coarse] = this.#open.slice(-2);
    if (coarse?.origin === undefined || fine === undefined) throw new Error('no coarser level is open');
    return { fine, coarse, origin: coarse.origin };
  }

  async grow({ layers }: ResolvedGrowth, to: Grid): Promise<E.Either<BackendError, Flops>> {
    const before = this.current;
    const made = await this.transfers.apply(layers, { from: before.cells });
    if (E.isLeft(made)) return made;
    this.#open.splice(-1, 1, { ...before, ...to, cells: made.right.cells });
    for (const cell of before.cells) releaseCell(this.store, cell);
    return E.right(made.right.flops);
  }

  /** An arm of a branch begins: the present level gets the state with which the branch began. */
  arm({ arm }: ArmStart): void {
    this.#branches.arm(arm, this.current);
  }

  /** The arms of the innermost branch are merged. */
  async merge(merge: ResolvedMerge): Promise<E.Either<BackendError, Flops>> {
    return this.#branches.merge(merge, this.current);
  }

  /** Releases every tensor to the backend; the stack holds none afterwards. */
  release(): void {
    for (const shared of new Set(this.#open.map((level) => level.shared))) releaseCell(this.store, shared);
    for (const level of this.#open) this.#releaseLevel(level);
    this.#open.length = 0;
    this.#branches.release();
    this.transfers.dispose();
    this.#widths.dispose();
  }

  /** Everything that a level holds except its shared layers. */
  #releaseLevel({ cells, origin, tau }: OpenLevel): void {
    const kept = [origin?.restrictedShared, origin?.shared].flatMap((cell) => (cell === undefined ? [] : [cell]));
    for (const cell of [...cells, ...(origin?.restricted ?? []), ...kept]) releaseCell(this.store, cell);
    if (tau !== undefined) releaseCells(this.store, tau);
  }
}
