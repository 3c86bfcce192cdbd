/**
 * Running sums on the backend: Σ weight · gradient over batches, and the same for the losses. They add up the microbatches of a training step, and
 * both gradients of a tau correction. Not here: what the sums are used for.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, DeviceTensor, Executable, HostTensor } from '../../backend.js';
import { WEIGHT } from '../../model/training-step.js';
import { sumTypes, zeroTypes } from '../../plan/zero-sums.js';
import { type Program, type ProgramInput, type TensorType, typeIn } from '../../program/program.js';
import type { TensorStore } from '../levels/tensor-store.js';

/** The value of a program's input. */
export type Read = (input: ProgramInput, type: TensorType) => DeviceTensor | HostTensor;

export const number = (type: TensorType, value: number): HostTensor => ({ type, data: Float32Array.of(value) });

/** Zeros for each sum of a program, by name. */
export const zeroSums = async (
  store: TensorStore,
  program: Program,
): Promise<E.Either<BackendError, ReadonlyMap<string, DeviceTensor>>> => {
  const byShape = new Map<string, DeviceTensor>();
  for (const [key, { shape }] of zeroTypes(program)) {
    const made = await store.zeros(shape);
    if (E.isLeft(made)) return made;
    byShape.set(key, made.right);
  }
  return E.right(new Map(sumTypes(program).map(([name, { shape }]) => [name, byShape.get(shape.join()) as DeviceTensor])));
};

export class GradientSums {
  readonly #zeros = new Map<string, DeviceTensor>();
  readonly #sums = new Map<string, DeviceTensor>();

  /** @param zeros for each sum, by name: those of each parameter's gradient, and that of the loss. */
  constructor(
    private readonly store: TensorStore,
    zeros: ReadonlyMap<string, DeviceTensor>,
  ) {
    for (const [name, tensor] of zeros) store.put(this.#zeros, name, tensor);
    this.restart();
  }

  /** The sums so far, by name. */
  get sums(): ReadonlyMap<string, DeviceTensor> {
    return this.#sums;
  }

  /** @param from initial values in place of zeros. */
  restart(from: ReadonlyMap<string, DeviceTensor> = new Map()): void {
    for (const [name, zeros] of this.#zeros) this.store.put(this.#sums, name, from.get(name) ?? zeros);
  }

  /** Adds weight · (loss and gradients of the program on these inputs). */
  async add(executable: Executable, read: Read, weight: number): Promise<E.Either<BackendError, void>> {
    const { program } = executable;
    const run = await executable.run(
      program.inputs.map((input) => {
        const type = typeIn(program, input.value);
        const sum = input.role === 'gradient' || input.role === 'loss' ? this.#sums.get(input.name) : undefined;
        return sum ?? (input.name === WEIGHT ? number(type, weight) : read(input, type));
      }),
    )();
    if (E.isLeft(run)) return run;
    for (const [index, { name }] of program.outputs.entries()) this.store.put(this.#sums, name, run.right[index] as DeviceTensor);
    return E.right(undefined);
  }

  release(): void {
    for (const tensors of [this.#zeros, this.#sums]) {
      for (const tensor of tensors.values()) this.store.release(tensor);
      tensors.clear();
    }
  }
}
