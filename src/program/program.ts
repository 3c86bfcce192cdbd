/**
 * The program: what one training step (or one evaluation, or one look at the logits) computes, as a flat list of operations in
 * static single assignment. Data only. Not here: what an operation means (`operations/`), how programs are traced (`tracer.ts`),
 * differentiated (`differentiate.ts`), costed (`types/flops.ts`) or run (`backends/`).
 */
import type { NodeOf, OperationName } from './operations/index.js';
import type { TensorType, ValueId } from './types/tensor-type.js';

export { bytesOf, type DataType, type Shape, sameShape, sizeOf, type TensorType, type ValueId } from './types/tensor-type.js';

/** What an input or an output is for whoever runs the program; with its name, which is unlike those of the others of its role, it is found. */
export type Role =
  /** State of training. As an output, the next value of the input of that role and name. */
  | 'parameter'
  | 'moment'
  /** A sum under way: of gradients, by the parameter's name, and of the losses that they are gradients of. As an output, the next value likewise. */
  | 'gradient'
  | 'loss'
  /** What attention keeps of the tokens before. As an output, the next value of the input of that name. */
  | 'cache'
  /** The linear term of a level's objective, by the parameter's name. */
  | 'tau'
  /** Given each time: tokens, and numbers that change from step to step. */
  | 'batch'
  | 'scalar'
  /** What a step or an evaluation says besides the loss. */
  | 'gradientNorm'
  | 'objective'
  | 'logits'
  /** A tensor of a program that is no step: what a transfer reads and makes. */
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
  /** What was rewritten in it for speed, and how often; left out where nothing was. For reading. */
  readonly rewrites?: readonly { readonly says: string; readonly times: number }[];
}

/** The type of one of a program's values. */
export const typeIn = ({ name, types }: Pick<Program, 'name' | 'types'>, id: ValueId): TensorType => {
  const type = types[id];
  if (type === undefined) throw new Error(`${name} has no value ${id}`);
  return type;
};

/** Of what a run gave, in the order of the program's outputs, the one of that role. */
export const outputOf = <T>({ name, outputs }: Program, results: readonly T[], wanted: Role): T => {
  const result = results[outputs.findIndex(({ role }) => role === wanted)];
  if (result === undefined) throw new Error(`${name} gives no ${wanted}`);
  return result;
};
