/**
 * The program: the computation of one training step (or evaluation, or pass to the logits) as a flat list of operations in static single assignment
 * form. Data only. Not here: what an operation means (`operations/`), how programs are traced (`tracer.ts`), differentiated (`differentiate.ts`),
 * costed (`types/flops.ts`) or run (`backends/`).
 */
import type { NodeOf, OperationName } from './operations/index.js';
import type { TensorType, ValueId } from './types/tensor-type.js';

export { bytesOf, type DataType, type Shape, sameShape, sizeOf, type TensorType, type ValueId } from './types/tensor-type.js';

/** The purpose of an input or an output for the caller of the program. Role and name identify it; names are unique within a role. */
export type Role =
  /** State of training. As an output, the next value of the input of that role and name. */
  | 'parameter'
  | 'moment'
  /** A running sum: of gradients, by the parameter's name, and of the corresponding losses. As an output, its next value. */
  | 'gradient'
  | 'loss'
  /** Attention's cache of earlier tokens. As an output, the next value of the input of that name. */
  | 'cache'
  /** The linear term of a level's objective, by the parameter's name. */
  | 'tau'
  /** Passed on every run: tokens, and numbers that change from step to step. */
  | 'batch'
  | 'scalar'
  /** What a step or an evaluation returns besides the loss. */
  | 'gradientNorm'
  | 'objective'
  | 'logits'
  /** A tensor of a program that is not a step: input or output of a transfer. */
  | 'tensor';

export interface ProgramInput {
  readonly name: string;
  readonly role: Role;
  readonly value: ValueId;
}

export interface ProgramOutput {
  readonly name: string;
  readonly role: Role;
  readonly value: ValueId;
}

/** A node of one operation, or of any. */
export type Node<Name extends OperationName = OperationName> = { [Each in Name]: NodeOf<Each> }[Name];

export interface Program {
  readonly name: string;
  readonly types: readonly TensorType[];
  readonly inputs: readonly ProgramInput[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly ProgramOutput[];
  /** What was rewritten in it for speed, and how often; absent where nothing was. For reading. */
  readonly rewrites?: readonly { readonly says: string; readonly times: number }[];
}

/** The type of one of a program's values. */
export const typeIn = ({ name, types }: Pick<Program, 'name' | 'types'>, id: ValueId): TensorType => {
  const type = types[id];
  if (type === undefined) throw new Error(`${name} has no value ${id}`);
  return type;
};

/** The value of that role among the results of a run, which are in the order of the program's outputs. */
export const outputOf = <T>({ name, outputs }: Program, results: readonly T[], wanted: Role): T => {
  const result = results[outputs.findIndex(({ role }) => role === wanted)];
  if (result === undefined) throw new Error(`${name} gives no ${wanted}`);
  return result;
};
