/**
 * Cells made narrower or wider: running the transfer over the width on a backend, and what it will cost. Not here: its programs
 * (`src/transfer/width.ts`), which level is open (`level-stack.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, DeviceTensor, Executable } from '../../backend.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../../program/flops.js';
import type { Program } from '../../program/program.js';
import type { MomentsPolicy } from '../../schedule/schedule.js';
import type { LevelState } from '../../schedule/walk.js';
import type { LayerTensor } from '../../transfer/layer-tensor.js';
import { groupingsOf, type Transfer } from '../../transfer/operators.js';
import { type Resizing, resizeProgram } from '../../transfer/width.js';
import { type Cell, type CellTensors, PARAMETER_CLASS } from './cell.js';
import type { TensorStore } from './tensor-store.js';

/** What a transfer between a fine level and a narrower one asks. */
export const resizingOf = (direction: Resizing['direction'], transfer: Transfer, fine: LevelState, policy: MomentsPolicy): Resizing => ({
  direction,
  groupings: groupingsOf(transfer),
  headSize: fine.width / fine.heads,
  rescale: policy === 'rescale',
});

/** FLOPs of resizing so many layers' cells and so many shared ones. */
export const resizeFlops = (
  cells: { readonly layers: number; readonly shared: number },
  tensors: CellTensors,
  resizing: Resizing,
  costOf: (program: Program) => Flops,
): Flops =>
  addFlops(
    cells.layers === 0 ? noFlops : scaleFlops(cells.layers, costOf(resizeProgram(tensors.layer, resizing))),
    scaleFlops(cells.shared, costOf(resizeProgram(tensors.shared, resizing))),
  );

const keyOf = (tensors: readonly LayerTensor[], { direction, groupings, headSize, rescale }: Resizing): string =>
  `${direction} ${groupings.map(({ factor, pairing }) => `${factor} ${pairing}`).join()} ${headSize} ${rescale} ${tensors.map(({ name, shape }) => `${name}[${shape}]`).join()}`;

export class Widths {
  readonly #compiled = new Map<string, Executable>();

  constructor(private readonly store: TensorStore) {}

  async #executable(tensors: readonly LayerTensor[], resizing: Resizing): Promise<E.Either<BackendError, Executable>> {
    const key = keyOf(tensors, resizing);
    const known = this.#compiled.get(key);
    if (known !== undefined) return E.right(known);
    const compiled = await this.store.backend.compile(resizeProgram(tensors, resizing))();
    if (E.isRight(compiled)) this.#compiled.set(key, compiled.right);
    return compiled;
  }

  /** New cells, in the order of the given ones; `tensors` are those of the fine level. */
  async resize(
    cells: readonly Cell[],
    tensors: readonly LayerTensor[],
    resizing: Resizing,
  ): Promise<E.Either<BackendError, { readonly cells: readonly Cell[]; readonly flops: Flops }>> {
    const made: Cell[] = [];
    let flops = noFlops;
    for (const cell of cells) {
      const executable = await this.#executable(tensors, resizing);
      if (E.isLeft(executable)) return executable;
      const mapOf = (of: Cell, tensorClass: string) => (tensorClass === PARAMETER_CLASS ? of.parameters : of.moments);
      const inputs = tensors.map(({ name, class: tensorClass }): DeviceTensor => {
        const tensor = mapOf(cell, tensorClass).get(name);
        if (tensor === undefined) throw new Error(`no layer holds ${name} where its width changes`);
        return tensor;
      });
      const run = await executable.right.run(inputs)();
      if (E.isLeft(run)) return run;
      const resized: Cell = { parameters: new Map(), moments: new Map(), updates: cell.updates };
      for (const [index, { name, class: tensorClass }] of tensors.entries())
        this.store.put(mapOf(resized, tensorClass), name, run.right[index] as DeviceTensor);
      made.push(resized);
      flops = addFlops(flops, executable.right.flops);
    }
    return E.right({ cells: made, flops });
  }

  dispose(): void {
    for (const executable of this.#compiled.values()) executable.dispose();
    this.#compiled.clear();
  }
}
