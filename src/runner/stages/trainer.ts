/**
 * One training step, and one evaluation, of a level: gathers the inputs in the program's order, runs the executable, and puts the
 * new tensors into the level's cells. A step is a transaction: where loss or gradient is not finite, the cells stay as they were.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, DeviceTensor, Executable, HostTensor } from '../../backend.js';
import type { Batch } from '../../data/batches.js';
import { tauInputName } from '../../model/programs.js';
import { survivalName } from '../../model/stochastic-depth.js';
import { stepScalars } from '../../optimizer/index.js';
import type { ProgramInput, TensorType } from '../../program/program.js';
import type { Optimizer } from '../../schedule/schedule.js';
import { type Cell, cellsByGroup, type Level } from '../levels/cell.js';
import type { TensorStore } from '../levels/tensor-store.js';

export interface StepResult {
  readonly loss: number;
  readonly gradientNorm: number;
  /** False when loss or gradient was not finite: then nothing was changed. */
  readonly accepted: boolean;
}

/** Where a parameter or moment of the program lives. */
interface Slot {
  readonly cell: Cell;
  readonly kind: 'parameters' | 'moments';
  readonly name: string;
}

const slotsOf = (level: Level): ReadonlyMap<string, Slot> =>
  new Map(
    cellsByGroup(level).flatMap(({ cell, fullName }) =>
      (['parameters', 'moments'] as const).flatMap((kind) =>
        [...cell[kind].keys()].map((name): [string, Slot] => [fullName(name), { cell, kind, name }]),
      ),
    ),
  );

/** What a step reads and leaves as it is, by the program's name for it. */
const fixedTensors = ({ tau }: Level): ReadonlyMap<string, DeviceTensor> =>
  new Map(
    tau === undefined
      ? []
      : cellsByGroup(tau).flatMap(({ cell, fullName }) =>
          [...cell.parameters].map(([name, tensor]): [string, DeviceTensor] => [tauInputName(fullName(name)), tensor]),
        ),
  );

export const batchTensor = (type: TensorType, name: string, batch: Batch): HostTensor => ({
  type,
  data: name === 'inputs' ? batch.inputs : batch.targets,
});

export class Trainer {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #fixed: ReadonlyMap<string, DeviceTensor>;

  constructor(
    private readonly store: TensorStore,
    private readonly level: Level,
    private readonly optimizer: Optimizer,
  ) {
    this.#slots = slotsOf(level);
    this.#fixed = fixedTensors(level);
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new Error(`the level has no tensor ${name}`);
    return slot;
  }

  #tensor(name: string): DeviceTensor {
    const { cell, kind, name: own } = this.#slot(name);
    const tensor = cell[kind].get(own);
    if (tensor === undefined) throw new Error(`the level has no tensor ${name}`);
    return tensor;
  }

  #inputs({ program }: Executable, batch: Batch, scalar: (name: string) => number): readonly (DeviceTensor | HostTensor)[] {
    return program.inputs.map(({ name, role, value }: ProgramInput) => {
      const type = program.types[value] as TensorType;
      if (role === 'batch') return batchTensor(type, name, batch);
      if (role === 'scalar') return { type, data: Float32Array.of(scalar(name)) };
      return this.#fixed.get(name) ?? this.#tensor(name);
    });
  }

  async #number(tensor: DeviceTensor): Promise<E.Either<BackendError, number>> {
    const read = await this.store.backend.download(tensor)();
    return E.isLeft(read) ? read : E.right(read.right.data[0] ?? Number.NaN);
  }

  /** @param survivals the factor of each layer's branches, where the program asks for them (stochastic depth). */
  async step(
    executable: Executable,
    batch: Batch,
    learningRate: number,
    survivals: readonly number[] = [],
  ): Promise<E.Either<BackendError, StepResult>> {
    const groups = cellsByGroup(this.level);
    const scalars = new Map([
      ...stepScalars(this.optimizer, {
        learningRate,
        updates: new Map(groups.map(({ group, cell }): [string, number] => [group, cell.updates + 1])),
      }),
      ...survivals.map((survival, layer): [string, number] => [survivalName(layer), survival]),
    ]);
    const inputs = this.#inputs(executable, batch, (name) => {
      const value = scalars.get(name);
      if (value === undefined) throw new Error(`nothing gives the scalar ${name}`);
      return value;
    });
    const run = await executable.run(inputs)();
    if (E.isLeft(run)) return run;
    const outputs = run.right;
    const [lossTensor, normTensor] = outputs;
    if (lossTensor === undefined || normTensor === undefined) throw new Error('a training step returns loss and gradient norm first');
    const loss = await this.#number(lossTensor);
    if (E.isLeft(loss)) return loss;
    const gradientNorm = await this.#number(normTensor);
    if (E.isLeft(gradientNorm)) return gradientNorm;

    // What the program does not update (frozen layers) keeps its tensors and its count.
    const updated = new Set<Cell>();
    const accepted = Number.isFinite(loss.right) && Number.isFinite(gradientNorm.right);
    executable.program.outputs.forEach(({ updates }, index) => {
      const next = outputs[index] as DeviceTensor;
      if (updates === undefined || !accepted) {
        this.store.backend.release(next);
        return;
      }
      const { cell, kind, name } = this.#slot(updates);
      this.store.put(cell[kind], name, next);
      updated.add(cell);
    });
    for (const cell of updated) cell.updates += 1;
    return E.right({ loss: loss.right, gradientNorm: gradientNorm.right, accepted });
  }

  /** Mean loss over the batches, nats per token. */
  async evaluate(executable: Executable, batches: Iterable<Batch>): Promise<E.Either<BackendError, number>> {
    let sum = 0;
    let count = 0;
    for (const batch of batches) {
      const run = await executable.run(this.#inputs(executable, batch, () => Number.NaN))();
      if (E.isLeft(run)) return run;
      const [lossTensor] = run.right;
      if (lossTensor === undefined) throw new Error('an evaluation returns the loss');
      const loss = await this.#number(lossTensor);
      this.store.backend.release(lossTensor);
      if (E.isLeft(loss)) return loss;
      sum += loss.right;
      count += 1;
    }
    return E.right(sum / count);
  }
}
