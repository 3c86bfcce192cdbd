/**
 * The open branches of a run: the level's state where each began, and after each arm that has ended. All tensors are shared, none is copied. Not
 * here: which arm wrote what, and how arms are merged (`src/transfer`).
 */
import { gridOf } from '../../schedule/grid.js';
import type { Made, Operands } from './blend-cells.js';
import { type Cell, type Level, releaseCells, restoreCell, sameTensors } from './cell.js';
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

  /** The operands of the innermost branch's merge, whose last arm ends with the present level. */
  operandsOf(level: Level): Operands {
    const { start, arms } = this.#innermost;
    const ends = [...arms, level];
    return {
      layers: { from: ends.flatMap(({ cells }) => cells), destination: start.cells },
      shared: { from: ends.map(({ shared }) => shared), destination: [start.shared] },
    };
  }

  /** The last arm has ended: the level becomes the merge of all arms. */
  merge(level: Level, { layers, shared }: Made): void {
    const { start, arms } = this.#innermost;
    if (shared === undefined) throw new Error('arms become one with their shared layers');
    const merged: Level = { ...level, shared, cells: layers };
    this.#restoreCell(level, merged);
    this.#open.pop();
    for (const held of [merged, start, ...arms]) releaseCells(this.store, held);
  }

  release(): void {
    for (const { start, arms } of this.#open) for (const held of [start, ...arms]) releaseCells(this.store, held);
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
}
