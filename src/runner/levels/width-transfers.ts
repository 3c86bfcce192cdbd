/**
 * What a transfer between two widths does besides the transfer over layers: on the way down the layers that it made, and the shared ones,
 * become narrower; on the way up they become as wide as the finer level before its layers are written. Where the width stays, nothing.
 * Not here: the levels (`level-stack.ts`), running one resizing (`widths.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import { addFlops, type Flops, noFlops } from '../../program/flops.js';
import type { ProlongateStage, RestrictStage } from '../../schedule/schedule.js';
import { identity } from '../../transfer/layer-matrix.js';
import { momentsTransfer } from '../../transfer/moments.js';
import type { Transfer } from '../../transfer/operators.js';
import { prolongationRecipes, restrictionRecipes } from '../../transfer/recipe.js';
import { type Cell, type Level, putBack, releaseCell, sameTensors, type TensorsAt } from './cell.js';
import type { TensorStore } from './tensor-store.js';
import type { Transfers } from './transfers.js';
import { resizingOf, Widths } from './widths.js';

/** A coarse level's cells. `shared`: its own shared layers, if it has some. */
export interface Narrowed {
  readonly cells: readonly Cell[];
  readonly shared: Cell | undefined;
  readonly flops: Flops;
}

/** What comes back from a coarse level, as wide as the fine one; new cells. `shared`: its own shared layers, then what had been restricted. */
export interface Widened {
  readonly cells: readonly Cell[];
  readonly restricted: readonly Cell[];
  readonly shared: readonly Cell[];
  readonly flops: Flops;
}

/** How a coarse level began. */
interface Origin {
  readonly transfer: Transfer;
  readonly restricted: readonly Cell[];
  readonly restrictedShared?: Cell;
}

const onlyOf = (cells: readonly Cell[]): Cell => {
  const [cell] = cells;
  if (cell === undefined) throw new Error('the shared layers are one cell');
  return cell;
};

/** The shared layers as a transfer over layers sees them: one that goes, and comes back to its place. */
const one = identity(1);

export class WidthTransfers {
  readonly #widths: Widths;

  constructor(
    private readonly store: TensorStore,
    private readonly transfers: Transfers,
    private readonly tensorsAt: TensorsAt,
  ) {
    this.#widths = new Widths(store);
  }

  /** The layers that a restriction made of the fine level's, which are taken over, at the width of the coarse level. */
  async narrow(stage: RestrictStage, transfer: Transfer, fine: Level, cells: readonly Cell[]): Promise<E.Either<BackendError, Narrowed>> {
    if (transfer.narrowing === 1) return E.right({ cells, shared: undefined, flops: noFlops });
    const tensors = this.tensorsAt(fine);
    // The step size is no factor of what the shared layers do.
    const moments = momentsTransfer(stage, fine, fine);
    const kept = await this.transfers.apply(restrictionRecipes(one), { from: [fine.shared] }, moments, tensors.shared);
    if (E.isLeft(kept)) return kept;
    const resizing = resizingOf('narrow', transfer, fine, stage.moments);
    const layers = await this.#widths.resize(cells, tensors.layer, resizing);
    if (E.isLeft(layers)) return layers;
    const shared = await this.#widths.resize(kept.right.cells, tensors.shared, resizing);
    if (E.isLeft(shared)) return shared;
    for (const cell of [...cells, ...kept.right.cells]) releaseCell(this.store, cell);
    return E.right({
      cells: layers.right.cells,
      shared: onlyOf(shared.right.cells),
      flops: [kept, layers, shared].reduce((sum, { right }) => addFlops(sum, right.flops), noFlops),
    });
  }

  /** What a coarse level holds, and what had been restricted to it, at the width of the fine level; the coarse level keeps its own. */
  async widen(
    { correction, moments }: ProlongateStage,
    fine: Level,
    coarse: Level,
    { transfer, restricted, restrictedShared }: Origin,
  ): Promise<E.Either<BackendError, Widened>> {
    const same = (cells: readonly Cell[]): readonly Cell[] => cells.map((cell) => sameTensors(this.store, cell));
    if (restrictedShared === undefined)
      return E.right({ cells: same(coarse.cells), restricted: same(restricted), shared: [], flops: noFlops });
    const tensors = this.tensorsAt(fine);
    const resizing = resizingOf('widen', transfer, fine, moments);
    // Only a correction asks what had been restricted.
    const corrects = correction.kind === 'correction';
    const layers = await this.#widths.resize([...coarse.cells, ...(corrects ? restricted : [])], tensors.layer, resizing);
    if (E.isLeft(layers)) return layers;
    const shared = await this.#widths.resize([coarse.shared, ...(corrects ? [restrictedShared] : [])], tensors.shared, resizing);
    if (E.isLeft(shared)) return shared;
    return E.right({
      cells: layers.right.cells.slice(0, coarse.cells.length),
      restricted: layers.right.cells.slice(coarse.cells.length),
      shared: shared.right.cells,
      flops: addFlops(layers.right.flops, shared.right.flops),
    });
  }

  /** A coarse level's own shared layers, widened, back in those of the fine level, which stay one object on all levels that have them. */
  async returnShared(stage: ProlongateStage, fine: Level, [from, restricted]: readonly Cell[]): Promise<E.Either<BackendError, Flops>> {
    if (from === undefined) return E.right(noFlops);
    const made = await this.transfers.apply(
      prolongationRecipes(one, one, stage.correction),
      { from: [from], standing: [fine.shared], ...(restricted === undefined ? {} : { restricted: [restricted] }) },
      momentsTransfer(stage, fine, fine),
      this.tensorsAt(fine).shared,
    );
    if (E.isLeft(made)) return made;
    const cell = onlyOf(made.right.cells);
    putBack(this.store, fine.shared, cell);
    releaseCell(this.store, cell);
    return E.right(made.right.flops);
  }

  dispose(): void {
    this.#widths.dispose();
  }
}
