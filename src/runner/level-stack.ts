/**
 * The open levels of a run, finest first, on one backend. A level does not know other levels; this stack does. Not here: training
 * (`trainer.ts`), what becomes of a layer in a transfer (`src/transfer`, `transfers.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError } from '../backend.js';
import type { SizedModel } from '../model/parameters.js';
import { sharedParameters } from '../model/parameters.js';
import type { Flops } from '../program/flops.js';
import type { GrowStage, Optimizer, ProlongateStage, RestrictStage } from '../schedule/schedule.js';
import { type ArmStart, firstGrid, type LevelState } from '../schedule/walk.js';
import type { LayerTransfer } from '../transfer/layer-matrix.js';
import type { MergeRecipes } from '../transfer/merge.js';
import { momentsTransfer } from '../transfer/moments.js';
import { prolongationOf, transferOf } from '../transfer/operators.js';
import { growthRecipes, prolongationRecipes, restrictionRecipes } from '../transfer/recipe.js';
import { Branches, type OpenBranch } from './branches.js';
import { type Cell, type Level, layerTensors, releaseCell, sameTensors, sharedTensors } from './cell.js';
import { type Initial, initialCell, initialLayer } from './initial-cell.js';
import { TensorStore } from './tensor-store.js';
import { Transfers } from './transfers.js';

/** A level with how it came from the next finer one. */
export interface OpenLevel extends Level {
  readonly origin?: {
    readonly transfer: LayerTransfer;
    /** What the restriction gave, before anything was learnt here. */
    readonly restricted: readonly Cell[];
  };
}

export class LevelStack {
  readonly #open: OpenLevel[];
  readonly #branches: Branches;

  private constructor(
    readonly store: TensorStore,
    private readonly transfers: { readonly layers: Transfers; readonly shared: Transfers },
    finest: OpenLevel,
  ) {
    this.#open = [finest];
    this.#branches = new Branches(store, transfers);
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
    const transfers = {
      layers: new Transfers(initial, model, layerTensors(model, optimizer)),
      shared: new Transfers(initial, model, sharedTensors(model, optimizer)),
    };
    return E.right(new LevelStack(store, transfers, finest));
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

  async restrict(stage: RestrictStage, to: LevelState): Promise<E.Either<BackendError, Flops>> {
    const fine = this.current;
    const transfer = transferOf(stage.operator, fine.layers);
    const recipes = restrictionRecipes(transfer.restriction);
    const made = await this.transfers.layers.apply(recipes, { from: fine.cells }, momentsTransfer(stage, fine, to));
    if (E.isLeft(made)) return made;
    const { cells, flops } = made.right;
    const restricted = cells.map((cell) => sameTensors(this.store, cell));
    this.#open.push({ ...to, shared: fine.shared, cells, origin: { transfer, restricted } });
    return E.right(flops);
  }

  async prolongate(stage: ProlongateStage): Promise<E.Either<BackendError, Flops>> {
    const [fine, coarse] = this.#open.slice(-2);
    if (coarse?.origin === undefined || fine === undefined)
      throw new Error('the verifier lets no prolongation through on the finest level');
    const { transfer, restricted } = coarse.origin;
    const recipes = prolongationRecipes(prolongationOf(stage.interpolation, transfer), transfer.restriction, stage.correction);
    const sources = { from: coarse.cells, standing: fine.cells, restricted };
    const made = await this.transfers.layers.apply(recipes, sources, momentsTransfer(stage, coarse, fine));
    if (E.isLeft(made)) return made;
    this.#open.splice(-2, 2, { ...fine, cells: made.right.cells });
    for (const cell of [...fine.cells, ...coarse.cells, ...restricted]) releaseCell(this.store, cell);
    return E.right(made.right.flops);
  }

  async grow(stage: GrowStage, to: LevelState): Promise<E.Either<BackendError, Flops>> {
    const before = this.current;
    const recipes = growthRecipes(stage.growth, before.layers);
    const made = await this.transfers.layers.apply(recipes, { from: before.cells }, momentsTransfer(stage, before, to));
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
    const [finest] = this.#open;
    if (finest !== undefined) releaseCell(this.store, finest.shared);
    for (const { cells, origin } of this.#open) for (const cell of [...cells, ...(origin?.restricted ?? [])]) releaseCell(this.store, cell);
    this.#branches.release();
    this.transfers.layers.dispose();
    this.transfers.shared.dispose();
  }
}
