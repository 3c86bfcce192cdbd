/**
 * The open branches of a run: the level's state where each began, and after each arm that has ended; replicas are arms that begin again after each
 * merge. All tensors are shared, none is copied. Not here: which arm wrote what, and how arms are merged (`src/transfer`).
 */
import { gridOf } from '../../schedule/grid.js';
import { type ArmStart, opensBranch } from '../../schedule/walk/walk.js';
import type { Made, Operands } from './blend-cells.js';
import { type Cell, type Cells, type Level, releaseCells, restoreCell, sameTensors } from './cell.js';
import type { OuterMade, OuterOperands } from './outer-cells.js';
import type { TensorStore } from './tensor-store.js';

export interface OpenBranch {
  /** The level's state where the branch, or the round of replicas, began. */
  readonly start: Level;
  /** The same level after each arm that has ended. */
  readonly arms: readonly Level[];
  /** With what the replicas begin that are still to come in a round after the first: the weights of `start`, and moments of their own. */
  readonly waiting: readonly Level[];
  /** What the outer optimizer remembers between rounds, in cells without moments. */
  readonly momentum?: Cells;
}

/** The same while it is open. */
interface Growing {
  start: Level;
  arms: Level[];
  waiting: Level[];
  momentum: Cells | undefined;
}

const cellsOf = ({ shared, cells }: Level): readonly Cell[] => [shared, ...cells];

export class Branches {
  readonly #open: Growing[];

  constructor(
    private readonly store: TensorStore,
    open: readonly OpenBranch[],
  ) {
    this.#open = open.map(({ start, arms, waiting, momentum }) => ({ start, arms: [...arms], waiting: [...waiting], momentum }));
  }

  /** The open branches, the outermost first. */
  get open(): readonly OpenBranch[] {
    return this.#open.map(({ momentum, ...branch }) => ({ ...branch, ...(momentum === undefined ? {} : { momentum }) }));
  }

  /** An arm begins: the level gets the state with which the branch began, or a replica's own. */
  arm(start: ArmStart, level: Level): void {
    if (opensBranch(start)) {
      this.#open.push({ start: this.#held(level), arms: [], waiting: [], momentum: undefined });
      return;
    }
    const branch = this.#innermost;
    if (start.arm > 1) branch.arms.push(this.#held(level));
    const own = branch.waiting.shift();
    this.#restoreCell(level, own ?? branch.start);
    if (own !== undefined) releaseCells(this.store, own);
  }

  /** The operands of the outer step of the innermost replicas, of which the last that has begun ends with the present level. */
  outerOperandsOf(level: Level): OuterOperands {
    const { start, arms, momentum } = this.#innermost;
    return { start, ends: [...arms, level], momentum };
  }

  /** A round has ended: the level becomes what the outer step made. If it was the last, the replicas have ended too. */
  endRound(level: Level, { merged, momentum }: OuterMade, last: boolean): void {
    const branch = this.#innermost;
    const ends = [...branch.arms, this.#held(level)];
    this.#restoreCell(level, { ...level, ...merged });
    releaseCells(this.store, merged);
    for (const old of [branch.start, branch.momentum]) if (old !== undefined) releaseCells(this.store, old);
    if (last) {
      for (const held of [...ends, ...branch.waiting, ...(momentum === undefined ? [] : [momentum])]) releaseCells(this.store, held);
      this.#open.pop();
      return;
    }
    branch.start = this.#held(level);
    branch.arms = [];
    branch.momentum = momentum;
    branch.waiting = ends;
    for (const replica of ends) this.#takeWeights(replica, level);
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

  /** The level gets the state with which the outermost branch began; branches in its present arm are given up. */
  rewind(level: Level): void {
    for (const branch of this.#open.splice(1)) this.#releaseBranch(branch);
    this.#restoreCell(level, this.#innermost.start);
  }

  release(): void {
    for (const branch of this.#open) this.#releaseBranch(branch);
    this.#open.length = 0;
  }

  #releaseBranch({ start, arms, waiting, momentum }: Growing): void {
    for (const held of [start, ...arms, ...waiting, ...(momentum === undefined ? [] : [momentum])]) releaseCells(this.store, held);
  }

  get #innermost(): Growing {
    const branch = this.#open.at(-1);
    if (branch === undefined) throw new Error('arms and merges are in branches');
    return branch;
  }

  #held(level: Level): Level {
    const { shared, cells } = level;
    return { ...gridOf(level), shared: sameTensors(this.store, shared), cells: cells.map((cell) => sameTensors(this.store, cell)) };
  }

  /** The weights of another level in place of its own. */
  #takeWeights(level: Level, from: Level): void {
    const sources = cellsOf(from);
    for (const [index, { parameters }] of cellsOf(level).entries())
      for (const [name, tensor] of sources[index]?.parameters ?? []) this.store.put(parameters, name, tensor);
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
