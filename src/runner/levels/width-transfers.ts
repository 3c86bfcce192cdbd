/**
 * What a transfer between two widths does in addition to the transfer over layers: on the way down the resulting layers, and the shared ones, become
 * narrower; on the way up they become as wide as the finer level before its layers are written. Where the width stays, it does nothing. Not here: the
 * levels (`level-stack.ts`), running one resizing (`widths.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import { addFlops, type Flops, noFlops } from '../../program/types/flops.js';
import type { WidthTransfer } from '../../transfer/resolved.js';
import type { Transfers } from './blend-cells.js';
import { type Cell, type Level, releaseCell, restoreCell } from './cell.js';
import type { TensorStore } from './tensor-store.js';
import { Widths } from './widths.js';

/** A coarse level's cells. `shared`: its own shared layers, if it has some. */
export interface Narrowed {
  readonly cells: readonly Cell[];
  readonly shared: Cell | undefined;
  readonly flops: Flops;
}

/** What returns from a coarse level, as wide as the fine one; new cells. `shared`: its own shared layers, then what had been restricted. */
export interface Widened {
  readonly cells: readonly Cell[];
  readonly restricted: readonly Cell[];
  readonly shared: readonly Cell[];
  readonly flops: Flops;
}

/** The result of a restriction. */
interface Origin {
  readonly restricted: readonly Cell[];
  readonly restrictedShared?: Cell;
}

const onlyOf = (cells: readonly Cell[]): Cell => {
  const [cell] = cells;
  if (cell === undefined) throw new Error('the shared layers are one cell');
  return cell;
};

export class WidthTransfers {
  readonly #widths: Widths;

  constructor(
    private readonly store: TensorStore,
    private readonly transfers: Transfers,
  ) {
    this.#widths = new Widths(store);
  }

  /** The layers that a restriction gave, at the width of the coarse level; takes ownership of them. */
  async narrow(width: WidthTransfer | undefined, fine: Level, cells: readonly Cell[]): Promise<E.Either<BackendError, Narrowed>> {
    if (width === undefined) return E.right({ cells, shared: undefined, flops: noFlops });
    const { resizing } = width;
    const tensors = this.transfers.tensorsAt(width.at);
    const kept = await this.transfers.apply(width.shared, { from: [fine.shared] });
    if (E.isLeft(kept)) return kept;
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

  /** The content of a coarse level, and what had been restricted to it, at the width of the fine level; the coarse level keeps its own. */
  async widen(
    { resizing, at }: WidthTransfer,
    corrects: boolean,
    coarse: Level,
    { restricted, restrictedShared }: Origin,
  ): Promise<E.Either<BackendError, Widened>> {
    const tensors = this.transfers.tensorsAt(at);
    if (restrictedShared === undefined) throw new Error('a narrower level has shared layers of its own');
    // Only a correction needs what had been restricted.
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
  async returnShared(width: WidthTransfer, fine: Level, [from, restricted]: readonly Cell[]): Promise<E.Either<BackendError, Flops>> {
    if (from === undefined) return E.right(noFlops);
    const sources = { from: [from], destination: [fine.shared], ...(restricted === undefined ? {} : { restricted: [restricted] }) };
    const made = await this.transfers.apply(width.shared, sources);
    if (E.isLeft(made)) return made;
    const cell = onlyOf(made.right.cells);
    restoreCell(this.store, fine.shared, cell);
    releaseCell(this.store, cell);
    return E.right(made.right.flops);
  }

  dispose(): void {
    this.#widths.dispose();
  }
}
