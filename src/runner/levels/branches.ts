/**
 * The open branches of a run: the level's state where each began, and after each arm that has ended. All tensors are shared, none is copied. Not
 * here: which arm wrote what, and how arms are merged (`src/transfer`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import { addFlops, type Flops } from '../../program/types/flops.js';
import { gridOf } from '../../schedule/grid.js';
import type { ResolvedMerge } from '../../transfer/resolved.js';
import type { Transfers } from './blend-cells.js';
import { type Cell, type Level, releaseCell, restoreCell, sameTensors } from './cell.js';
import type { TensorStore } from './tensor-store.js';

export interface OpenBranch {
  /** The level's state where the branch began. */
  readonly start: Level;
  /** The same level after each arm that has ended. */
  readonly arms: readonly Level[];
}

const cellsOf = ({ shared, cells }: Level): readonly Cell[] => [shared, ...cells];

export class Branches {
  readonly #open: { readonly start: Level; readonly arms: Level[] }[];

  constructor(
    private readonly store: TensorStore,
    private readonly transfers: Transfers,
    open: readonly OpenBranch[],
  ) {
    this.#open = open.map(({ start, arms }) => ({ start, arms: [...arms] }));
  }

  /** The open branches, the outermost first. */
  get open(): readonly OpenBranch[] {
    return this.#open;
  }

  /** An arm begins: the level gets the state with which the branch began. */
  arm(number: number, level: Level): void {
    if (number === 1) {
      this.#open.push({ start: this.#held(level), arms: [] });
      return;
    }
    const branch = this.#innermost;
    branch.arms.push(this.#held(level));
    this.#restoreCell(level, branch.start);
  }

  /** The last arm has ended: the level becomes the merge of all arms. */
  async merge(merge: ResolvedMerge, level: Level): Promise<E.Either<BackendError, Flops>> {
    const { start, arms } = this.#innermost;
    const ends = [...arms, level];
    const layers = await this.transfers.apply(merge.layers, { from: ends.flatMap(({ cells }) => cells), destination: start.cells });
    if (E.isLeft(layers)) return layers;
    const shared = await this.transfers.apply(merge.shared, { from: ends.map((end) => end.shared), destination: [start.shared] });
    if (E.isLeft(shared)) return shared;
    const [sharedCell] = shared.right.cells;
    if (sharedCell === undefined) throw new Error('one recipe makes one cell');
    const merged: Level = { ...level, shared: sharedCell, cells: layers.right.cells };
    this.#restoreCell(level, merged);
    this.#open.pop();
    for (const held of [merged, start, ...arms]) this.#releaseLevel(held);
    return E.right(addFlops(layers.right.flops, shared.right.flops));
  }

  release(): void {
    for (const { start, arms } of this.#open) for (const held of [start, ...arms]) this.#releaseLevel(held);
    this.#open.length = 0;
  }

  get #innermost(): { readonly start: Level; readonly arms: Level[] } {
    const branch = this.#open.at(-1);
    if (branch === undefined) throw new Error('arms and merges are in branches');
    return branch;
  }

  #held(level: Level): Level {
    const { shared, cells } = level;
    return { ...gridOf(level), shared: sameTensors(this.store, shared), cells: cells.map((cell) => sameTensors(this.store, cell)) };
  }

  /** Puts tensors and counters into the level's own cells: the shared one is one object on all levels. */
  #restoreCell(level: Level, from: Level): void {
    const targets = cellsOf(level);
    for (const [index, source] of cellsOf(from).entries()) {
      const cell = targets[index];
      if (cell === undefined) throw new Error('all arms have as many layers');
      restoreCell(this.store, cell, source);
    }
  }

  #releaseLevel(level: Level): void {
    for (const cell of cellsOf(level)) releaseCell(this.store, cell);
  }
}
