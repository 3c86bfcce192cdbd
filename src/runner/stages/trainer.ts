/**
 * Programs of one level, run on that level's tensors: steps and evaluations. The level's cells change in place: after a step they hold the tensors
 * that the step returned. A step whose loss or gradient is not finite is rejected. Not here: when to step.
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { BackendError, DeviceTensor, Executable, HostTensor } from '../../backend.js';
import { type Batch, microbatches } from '../../data/batches.js';
import type { Fault } from '../../fault.js';
import { survivalName } from '../../model/stochastic-depth.js';
import { stepScalars } from '../../optimizer/index.js';
import { outputOf, type ProgramInput, type TensorType, typeIn } from '../../program/program.js';
import type { Optimizer } from '../../schedule/schedule.js';
import { type Cell, cellsByGroup, type Level, parametersOf } from '../levels/cell.js';
import type { TensorStore } from '../levels/tensor-store.js';
import type { StepPrograms } from '../state/run-programs.js';
import { GradientSums, number, zeroSums } from './gradient-sums.js';

export interface StepResult {
  readonly loss: number;
  readonly gradientNorm: number;
  /** False when loss or gradient was not finite: then nothing was changed. */
  readonly accepted: boolean;
}

/** The cell of a parameter or moment of the program. */
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

/** The inputs of a program besides the level's own tensors. */
interface Given {
  readonly batch?: Batch;
  readonly scalars?: ReadonlyMap<string, number>;
  /** By the parameter's name. */
  readonly gradients?: ReadonlyMap<string, DeviceTensor>;
}

/** The results of a step before they are accepted. */
interface Taken {
  readonly executable: Executable;
  readonly outputs: readonly DeviceTensor[];
  readonly loss: number;
}

const there = <A>(value: A | undefined, { role, name }: ProgramInput): A => {
  if (value === undefined) throw new Error(`nothing gives the ${role} ${name}`);
  return value;
};

/** The value of a batch for a program's input of this name. */
const partOfBatch = (name: string, { inputs, targets, documents }: Batch): HostTensor['data'] | undefined =>
  match(name)
    .with('inputs', () => inputs)
    .with('targets', () => targets)
    .with('documents', () => documents?.numbers)
    .with('positions', () => documents?.positions)
    .otherwise(() => undefined);

/** All sequences of the batch: of a program for one of several ranks, as many times those that it sees. */
export const batchTensor = ({ dtype }: TensorType, input: ProgramInput, batch: Batch): HostTensor => {
  const data = there(partOfBatch(input.name, batch), input);
  return { type: { dtype, shape: [data.length] }, data };
};

export class Trainer {
  #slots: ReadonlyMap<string, Slot>;
  readonly #tau: ReadonlyMap<string, DeviceTensor>;
  /** The sums over the microbatches of a step; the initial zeros are kept from step to step. */
  #sums: GradientSums | undefined;

  constructor(
    private readonly store: TensorStore,
    private level: Level,
    private readonly optimizer: Optimizer,
  ) {
    this.#slots = slotsOf(level);
    this.#tau = level.tau === undefined ? new Map() : parametersOf(level.tau);
  }

  /** The next steps are those of the network of these layers of the level. */
  take(layers: readonly number[], of: Level): void {
    this.level = { ...of, layers: layers.length, cells: layers.map((layer) => of.cells[layer] as Cell) };
    this.#slots = slotsOf(this.level);
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new Error(`the level has no tensor ${name}`);
    return slot;
  }

  #read(input: ProgramInput, type: TensorType, { batch, scalars, gradients }: Given): DeviceTensor | HostTensor {
    const { role, name } = input;
    if (role === 'batch') return batchTensor(type, input, there(batch, input));
    if (role === 'scalar') return number(type, there(scalars?.get(name), input));
    if (role === 'gradient') return there(gradients?.get(name), input);
    if (role === 'tau') return there(this.#tau.get(name), input);
    const { cell, kind, name: own } = this.#slot(name);
    return there(cell[kind].get(own), input);
  }

  #inputs({ program }: Executable, given: Given): readonly (DeviceTensor | HostTensor)[] {
    return program.inputs.map((input) => this.#read(input, typeIn(program, input.value), given));
  }

  #run(executable: Executable, given: Given): Promise<E.Either<BackendError, readonly DeviceTensor[]>> {
    return executable.run(this.#inputs(executable, given))();
  }

  /** The same for a program that updates: state that only this level holds may be overwritten by its next value. */
  #update(executable: Executable, given: Given): Promise<E.Either<BackendError, readonly DeviceTensor[]>> {
    const { program } = executable;
    const inputs = this.#inputs(executable, given);
    const inPlace = new Set<number>();
    for (const [place, { role }] of program.inputs.entries()) {
      const tensor = inputs[place];
      const isState = role === 'parameter' || role === 'moment';
      if (isState && tensor !== undefined && 'backend' in tensor && this.store.isHeldOnce(tensor)) inPlace.add(place);
    }
    return executable.run(inputs, { inPlace })();
  }

  async #number(tensor: DeviceTensor): Promise<E.Either<BackendError, number>> {
    const read = await this.store.backend.download(tensor)();
    return E.isLeft(read) ? read : E.right(read.right.data[0] ?? Number.NaN);
  }

  /** A step whose program sees the whole batch. */
  async #whole(executable: Executable, given: Given): Promise<E.Either<BackendError, Taken>> {
    const run = await this.#update(executable, given);
    if (E.isLeft(run)) return run;
    const loss = await this.#number(outputOf(executable.program, run.right, 'loss'));
    return E.map((read: number): Taken => ({ executable, outputs: run.right, loss: read }))(loss);
  }

  /** A step whose gradient is the mean of those of as many microbatches. */
  async #accumulated(
    { executable: gradient, times: count }: StepPrograms[number],
    update: Executable,
    batch: Batch,
    scalars: ReadonlyMap<string, number>,
  ): Promise<E.Either<BackendError, Taken>> {
    if (this.#sums === undefined) {
      const begin = await zeroSums(this.store, gradient.program);
      if (E.isLeft(begin)) return begin;
      this.#sums = new GradientSums(this.store, begin.right);
    }
    const sums = this.#sums;
    sums.restart();
    for (const part of microbatches(batch, count)) {
      const added = await sums.add(gradient, (input, type) => this.#read(input, type, { batch: part, scalars }), 1 / count);
      if (E.isLeft(added)) return added;
    }
    const loss = await this.#number(there(sums.sums.get('loss'), { role: 'loss', name: 'loss', value: 0 }));
    if (E.isLeft(loss)) return loss;
    const given = { scalars, gradients: sums.sums };
    // The update's program does not return the loss, which is checked as well.
    const run = await (Number.isFinite(loss.right) ? this.#update(update, given) : this.#run(update, given));
    if (E.isLeft(run)) return run;
    sums.restart();
    return E.right({ executable: update, outputs: run.right, loss: loss.right });
  }

  /** @param survivals the factor of each layer's branches, where the program has that input (stochastic depth). */
  async step(
    programs: StepPrograms,
    batch: Batch,
    learningRate: number,
    survivals: readonly number[] = [],
  ): Promise<E.Either<BackendError, StepResult>> {
    const updates = new Map(cellsByGroup(this.level).map(({ group, cell }): [string, number] => [group, cell.updates + 1]));
    const scalars = new Map([
      ...stepScalars(this.optimizer, { learningRate, updates }),
      ...survivals.map((survival, layer): [string, number] => [survivalName(layer), survival]),
    ]);
    const [first, update] = programs;
    if (first === undefined) throw new Error('a step runs some program');
    const taken =
      update === undefined
        ? await this.#whole(first.executable, { batch, scalars })
        : await this.#accumulated(first, update.executable, batch, scalars);
    if (E.isLeft(taken)) return taken;
    const { executable, outputs, loss } = taken.right;
    const gradientNorm = await this.#number(outputOf(executable.program, outputs, 'gradientNorm'));
    if (E.isLeft(gradientNorm)) return gradientNorm;
    const accepted = Number.isFinite(loss) && Number.isFinite(gradientNorm.right);
    this.#keep(executable, outputs, accepted);
    return E.right({ loss, gradientNorm: gradientNorm.right, accepted });
  }

  /** Frozen layers, which the program does not update, keep their tensors and their count. */
  #keep({ program }: Executable, outputs: readonly DeviceTensor[], accepted: boolean): void {
    const updated = new Set<Cell>();
    for (const [index, { role, name }] of program.outputs.entries()) {
      const next = outputs[index] as DeviceTensor;
      if (role !== 'parameter' && role !== 'moment') {
        this.store.backend.release(next);
        continue;
      }
      const { cell, kind, name: own } = this.#slot(name);
      if (!accepted) {
        // An output that is the state's own tensor holds the unchanged state.
        if (next !== cell[kind].get(own)) this.store.backend.release(next);
        continue;
      }
      this.store.put(cell[kind], own, next);
      updated.add(cell);
    }
    for (const cell of updated) cell.updates += 1;
  }

  /**
   * Mean over the batches of the program's result: a loss in nats per token, or an objective.
   *
   * @param batches in the size that the program sees.
   * @param wanted which of the two.
   */
  async evaluate(
    executable: Executable,
    batches: Iterable<E.Either<Fault, Batch>>,
    wanted: 'loss' | 'objective' = 'loss',
  ): Promise<E.Either<BackendError | Fault, number>> {
    let sum = 0;
    let count = 0;
    for (const batch of batches) {
      if (E.isLeft(batch)) return batch;
      const run = await this.#run(executable, { batch: batch.right });
      if (E.isLeft(run)) return run;
      const output = outputOf(executable.program, run.right, wanted);
      const read = await this.#number(output);
      this.store.backend.release(output);
      if (E.isLeft(read)) return read;
      sum += read.right;
      count += 1;
    }
    return E.right(sum / count);
  }

  /** Releases what is kept between steps. */
  release(): void {
    this.#sums?.release();
    this.#sums = undefined;
  }
}
