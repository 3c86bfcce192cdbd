/**
 * Narrowing and widening cells: the transfer over the width, run on a backend. Not here: its programs (`src/transfer/width.ts`), which level is open
 * (`level-stack.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, DeviceTensor, Executable } from '../../backend.js';
import { addFlops, type Flops, noFlops } from '../../program/types/flops.js';
import { type LayerTensor, PARAMETER_CLASS } from '../../transfer/layer-tensor.js';
import { type Resizing, resizeKey, resizeProgram } from '../../transfer/width.js';
import type { Cell } from './cell.js';
import type { TensorStore } from './tensor-store.js';

export class Widths {
  readonly #compiled = new Map<string, Executable>();

  constructor(private readonly store: TensorStore) {}

  async #executable(tensors: readonly LayerTensor[], resizing: Resizing): Promise<E.Either<BackendError, Executable>> {
    const key = resizeKey(tensors, resizing);
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
    const classes = new Map(tensors.map((tensor) => [tensor.name, tensor.class]));
    const mapOf = (of: Cell, name: string) => (classes.get(name) === PARAMETER_CLASS ? of.parameters : of.moments);
    const made: Cell[] = [];
    let flops = noFlops;
    for (const cell of cells) {
      const executable = await this.#executable(tensors, resizing);
      if (E.isLeft(executable)) return executable;
      const { program } = executable.right;
      const inputs = program.inputs.map(({ name }): DeviceTensor => {
        const tensor = mapOf(cell, name).get(name);
        if (tensor === undefined) throw new Error(`no layer holds ${name} where its width changes`);
        return tensor;
      });
      const run = await executable.right.run(inputs)();
      if (E.isLeft(run)) return run;
      const resized: Cell = { parameters: new Map(), moments: new Map(), updates: cell.updates };
      for (const [index, { name }] of program.outputs.entries())
        this.store.put(mapOf(resized, name), name, run.right[index] as DeviceTensor);
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
