/**
 * The open levels of a run, finest first, on one backend. A level does not know other levels; this stack does. Not here: training
 * (`../stages/trainer.ts`), what a transfer does to a cell (`src/transfer`, `src/plan/work.ts`, `blend-cells.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Backend, BackendError } from '../../backend.js';
import type { SizedModel } from '../../model/family.js';
import type { Parameters } from '../../model/hugging-face.js';
import { sharedParameters } from '../../model/parameters.js';
import { type BlendWork, blendWork, outerWork } from '../../plan/work.js';
import { firstGrid, type Grid, gridOf } from '../../schedule/grid.js';
import type { Optimizer } from '../../schedule/schedule.js';
import type { ArmStart } from '../../schedule/walk/walk.js';
import type {
  ResolvedGrowth,
  ResolvedOuter,
  ResolvedProlongation,
  ResolvedRestriction,
  ResolvedTransfer,
  ResolvedVisit,
} from '../../transfer/resolved.js';
import type { Checkpoint } from '../checkpoints/saved-state.js';
import { type Made, type Operands, type Sources, Transfers } from './blend-cells.js';
import { Branches, type OpenBranch } from './branches.js';
import { type Cell, type Cells, type Level, releaseCell, releaseCells, restoreCell, sameTensors } from './cell.js';
import { type Initial, initialCell, initialLayer } from './initial-cell.js';
import type { OpenLevel } from './open-level.js';
import { outerStep } from './outer-cells.js';
import { type Restored, restore } from './restore.js';
import type { RunMemory } from './run-memory.js';
import { TensorStore } from './tensor-store.js';

export class LevelStack {
  readonly #open: OpenLevel[];
  #branches: Branches;

  private constructor(
    readonly store: TensorStore,
    readonly transfers: Transfers,
    open: readonly OpenLevel[],
    branches: readonly OpenBranch[] = [],
  ) {
    this.#open = [...open];
    this.#branches = new Branches(store, branches);
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

  /** The part of a transfer that concerns the levels; the full step where there is a line search. */
  async transfer(transfer: ResolvedTransfer, to: Grid): Promise<E.Either<BackendError, void>> {
    if (transfer.kind === 'outer') return this.#endRound(transfer);
    const made = await this.transfers.execute(blendWork(transfer), this.#operandsOf(transfer));
    if (E.isLeft(made)) return made;
    match(transfer)
      .with({ kind: 'restrict' }, (restriction) => this.#goDown(restriction, to, made.right))
      .with({ kind: 'prolongate' }, () => this.comeBack(made.right))
      .with({ kind: 'grow' }, () => this.#grow(to, made.right))
      .with({ kind: 'merge' }, () => this.#branches.merge(this.current, made.right))
      .exhaustive();
    return E.right(undefined);
  }

  /** Returns to the finest level and out of all branches; the visits are those of `resolvedClosing`. */
  async close(visits: readonly ResolvedVisit[]): Promise<E.Either<BackendError, void>> {
    for (const { transfer, ...to } of visits) {
      const moved = transfer === undefined ? E.right(undefined) : await this.transfer(transfer, gridOf(to));
      if (E.isLeft(moved)) return moved;
    }
    return E.right(undefined);
  }

  /** One try of a line search, with the shared layers' step since the restriction; the levels stay unchanged until `comeBack`. */
  attempt(work: readonly BlendWork[], before: Cell): Promise<E.Either<BackendError, Made>> {
    const { coarse, fine, origin } = this.lastTwo;
    return this.transfers.execute(work, {
      layers: { from: coarse.cells, destination: fine.cells, restricted: origin.restricted },
      shared: { from: [fine.shared], destination: [before], restricted: [before] },
    });
  }

  /** What a transfer would read, and the level to which it leads as far as it stays: shared layers, tau. */
  about(transfer: ResolvedGrowth | ResolvedProlongation): { readonly sources: Sources; readonly stays: Omit<Level, 'cells' | keyof Grid> } {
    const { shared, tau } = transfer.kind === 'grow' ? this.current : this.lastTwo.fine;
    return { sources: this.#operandsOf(transfer).layers, stays: { shared, ...(tau === undefined ? {} : { tau }) } };
  }

  async #endRound(transfer: ResolvedOuter): Promise<E.Either<BackendError, void>> {
    const { store, current, transfers } = this;
    const { executables, tensorsAt } = transfers;
    const made = await outerStep({ store, executables, tensorsAt }, outerWork(transfer), this.#branches.outerOperandsOf(current));
    if (E.isLeft(made)) return made;
    this.#branches.endRound(current, made.right, transfer.step.last);
    return E.right(undefined);
  }

  #operandsOf(transfer: Exclude<ResolvedTransfer, ResolvedOuter>): Operands {
    const { current } = this;
    if (transfer.kind === 'merge') return this.#branches.operandsOf(current);
    if (transfer.kind !== 'prolongate') return { layers: { from: current.cells }, shared: { from: [current.shared] } };
    const { fine, coarse, origin } = this.lastTwo;
    const { restricted, restrictedShared } = origin;
    // Only a correction asks what had been restricted.
    const earlier = (cells: readonly Cell[]): Partial<Sources> => (transfer.corrects ? { restricted: cells } : {});
    return {
      layers: { from: coarse.cells, destination: fine.cells, ...earlier(restricted) },
      shared: { from: [coarse.shared], destination: [fine.shared], ...earlier(restrictedShared === undefined ? [] : [restrictedShared]) },
    };
  }

  #goDown({ transfer, keepsShared }: ResolvedRestriction, to: Grid, { layers, shared: own }: Made): void {
    const fine = this.current;
    const restricted = layers.map((cell) => sameTensors(this.store, cell));
    const restrictedShared = own === undefined ? {} : { restrictedShared: sameTensors(this.store, own) };
    const kept = keepsShared ? { shared: sameTensors(this.store, fine.shared) } : {};
    this.#open.push({ ...to, shared: own ?? fine.shared, cells: layers, origin: { transfer, restricted, ...restrictedShared, ...kept } });
  }

  /** Returns to the next finer level, which gets these cells; the shared cell stays one object on all levels that have it. */
  comeBack({ layers, shared }: Made): void {
    const { fine, coarse } = this.lastTwo;
    if (shared !== undefined) {
      restoreCell(this.store, fine.shared, shared);
      releaseCell(this.store, shared);
    }
    this.#open.splice(-2, 2, { ...fine, cells: layers });
    for (const cell of fine.cells) releaseCell(this.store, cell);
    // A narrower level has shared layers of its own.
    if (coarse.shared !== fine.shared) releaseCell(this.store, coarse.shared);
    this.#releaseLevel(coarse);
  }

  #grow(to: Grid, { layers, shared }: Made): void {
    const before = this.current;
    this.#open.splice(-1, 1, { ...before, ...to, shared: shared ?? before.shared, cells: layers });
    for (const cell of before.cells) releaseCell(this.store, cell);
    if (shared !== undefined) releaseCell(this.store, before.shared);
  }

  /** The present level's objective gets the linear term ⟨τ, θ⟩. */
  correct(tau: Cells): void {
    const level = this.#open.pop();
    if (level === undefined) throw new Error('a run has an open level');
    this.#open.push({ ...level, tau });
  }

  /** The present level, the level from which it was opened, and the transfer. */
  get lastTwo(): { readonly fine: OpenLevel; readonly coarse: OpenLevel; readonly origin: NonNullable<OpenLevel['origin']> } {
    const [fine, coarse] = this.#open.slice(-2);
    if (coarse?.origin === undefined || fine === undefined) throw new Error('no coarser level is open');
    return { fine, coarse, origin: coarse.origin };
  }

  /** An arm of a branch begins: the present level gets the state with which the branch began. */
  arm(start: ArmStart): void {
    this.#branches.arm(start, this.current);
  }

  /** The outermost branch's present arm is given up: levels that it opened close without a transfer, and the level gets the state of its beginning. */
  rewindBranch(): void {
    const start = this.branches[0]?.start;
    if (start === undefined) throw new Error('no branch is open');
    while (this.current.level > start.level) {
      const { coarse, fine } = this.lastTwo;
      if (coarse.shared !== fine.shared) releaseCell(this.store, coarse.shared);
      this.#releaseLevel(coarse);
      this.#open.pop();
    }
    this.#branches.rewind(this.current);
  }

  /** Takes the levels, the branches and the memory of a checkpoint. @param memory gets what stages remember; the stack must be empty. */
  async refill(checkpoint: Checkpoint, memory: RunMemory): Promise<E.Either<BackendError, void>> {
    const restored = await restore(this.store, checkpoint);
    if (E.isLeft(restored)) return restored;
    this.#fill(restored.right, memory);
    return E.right(undefined);
  }

  /** The state of a checkpoint in place of the present one, which stays where that fails. @param memory gets what stages remembered there. */
  async returnTo(checkpoint: Checkpoint, memory: RunMemory): Promise<E.Either<BackendError, void>> {
    const restored = await restore(this.store, checkpoint);
    if (E.isLeft(restored)) return restored;
    this.empty();
    memory.forget('');
    this.#fill(restored.right, memory);
    return E.right(undefined);
  }

  #fill({ levels, branches, memory: found }: Restored, memory: RunMemory): void {
    this.#open.push(...levels);
    this.#branches = new Branches(this.store, branches);
    memory.take(found);
  }

  /** Releases every tensor to the backend; the stack holds none afterwards. */
  release(): void {
    this.empty();
    this.transfers.dispose();
  }

  /** The same for a stack that will be filled again. */
  empty(): void {
    for (const shared of new Set(this.#open.map((level) => level.shared))) releaseCell(this.store, shared);
    for (const level of this.#open) this.#releaseLevel(level);
    this.#open.length = 0;
    this.#branches.release();
  }

  /** Everything that a level holds except its shared layers. */
  #releaseLevel({ cells, origin, tau }: OpenLevel): void {
    const kept = [origin?.restrictedShared, origin?.shared].flatMap((cell) => (cell === undefined ? [] : [cell]));
    for (const cell of [...cells, ...(origin?.restricted ?? []), ...kept]) releaseCell(this.store, cell);
    if (tau !== undefined) releaseCells(this.store, tau);
  }
}
