/**
 * Running a program kernel by kernel: each value is freed at its last use, so that only outputs remain. Not here: the kernels of an operation
 * (`lowering.ts`), what callers hold (`tensors.ts`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { DeviceTensor, HostTensor } from '../../src/backend.js';
import { deathsOf } from '../../src/program/liveness.js';
import type { OperationName } from '../../src/program/operations/index.js';
import { type Node, type Program, type TensorType, typeIn, type ValueId } from '../../src/program/program.js';
import type { Lowering, LoweringTable } from './lowering.js';
import { type Constants, elementTypeOf, type Kernels, Scope } from './scope.js';
import type { Tensors, TfjsTensor } from './tensors.js';

type Input = DeviceTensor | HostTensor;

/** The live values of a run: inputs belong to the caller, the others are freed by the run. */
class Values {
  readonly #given = new Map<ValueId, TensorInfo>();
  readonly #own = new Map<ValueId, TensorInfo>();

  constructor(
    private readonly program: string,
    private readonly kernels: Kernels,
  ) {}

  give(id: ValueId, tensor: TensorInfo): void {
    this.#given.set(id, tensor);
  }

  put(id: ValueId, tensor: TensorInfo): void {
    this.#own.set(id, tensor);
  }

  readonly get = (id: ValueId): TensorInfo => {
    const tensor = this.#own.get(id) ?? this.#given.get(id);
    if (tensor === undefined) throw new Error(`${this.program}: value ${id} is read before it is written`);
    return tensor;
  };

  free(id: ValueId): void {
    const tensor = this.#own.get(id);
    if (tensor !== undefined) this.kernels.backend.disposeData(tensor.dataId);
    this.#own.delete(id);
  }

  freeAll(): void {
    for (const id of [...this.#own.keys()]) this.free(id);
  }
}

interface Step {
  readonly node: Node;
  readonly lower: Lowering<never>['lower'];
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
  /** Values that are read for the last time. */
  readonly deaths: readonly ValueId[];
}

// The table gives each operation its own node; TypeScript cannot follow that through a union of names.
const lowerOf = (table: LoweringTable, operation: OperationName): Lowering<never>['lower'] => {
  const lowering = table[operation] as Lowering<never> | undefined;
  if (lowering === undefined) throw new Error(`${operation} was not decomposed`);
  return lowering.lower;
};

const stepsOf = (program: Program, table: LoweringTable): readonly Step[] => {
  const deaths = deathsOf(program);
  const typeOf = (id: ValueId): TensorType => typeIn(program, id);
  return program.nodes.map((node, index) => ({
    node,
    lower: lowerOf(table, node.operation),
    inputTypes: node.inputs.map(typeOf),
    outputTypes: node.outputs.map(typeOf),
    deaths: deaths[index] ?? [],
  }));
};

const take = (program: Program, inputs: readonly Input[], tensors: Tensors, values: Values): void =>
  program.inputs.forEach(({ value }, index) => {
    const input = inputs[index];
    if (input === undefined) throw new Error(`${program.name} takes ${program.inputs.length} inputs (was ${inputs.length})`);
    if ('backend' in input) values.give(value, tensors.infoOf(input));
    else values.put(value, tensors.write(input));
  });

const compute = ({ node, lower, inputTypes, outputTypes, deaths }: Step, scope: Scope, values: Values): void => {
  let outputs: readonly TensorInfo[] = [];
  try {
    outputs = lower({ scope, node, inputs: node.inputs.map(values.get), inputTypes, outputTypes } as never);
    node.outputs.forEach((id, index) => {
      const output = outputs[index];
      if (output !== undefined) values.put(id, output);
    });
  } finally {
    scope.end(outputs);
  }
  for (const id of deaths) values.free(id);
};

/** An output is an additional owner, so that inputs that are returned, or values that are returned twice, need no copy. */
const give = (program: Program, { backend }: Kernels, tensors: Tensors, values: Values): readonly TfjsTensor[] =>
  program.outputs.map(({ value }) => {
    const { dataId } = values.get(value);
    const type = typeIn(program, value);
    backend.incRef(dataId);
    return tensors.keep(type, { dataId, shape: [...type.shape], dtype: elementTypeOf(type.dtype) });
  });

export type Run = (inputs: readonly Input[]) => readonly TfjsTensor[];

/** @param constants tensors that the program's kernels create once and keep */
export const runnerOf = (program: Program, table: LoweringTable, kernels: Kernels, constants: Constants, tensors: Tensors): Run => {
  const steps = stepsOf(program, table);
  return (inputs) => {
    const values = new Values(program.name, kernels);
    try {
      take(program, inputs, tensors, values);
      for (const step of steps) compute(step, new Scope(kernels, constants), values);
      return give(program, kernels, tensors, values);
    } finally {
      values.freeAll();
    }
  };
};
