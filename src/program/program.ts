/**
 * The program: what one training step (or one evaluation, or one look at the logits) computes, as a flat list of operations in
 * static single assignment. Data only. Not here: what an operation means (`operations/`), how programs are traced (`tracer.ts`),
 * differentiated (`differentiate.ts`), costed (`flops.ts`) or run (`backends/`).
 */
import type { NodeOf, OperationName } from './operations/index.js';
import type { TensorType, ValueId } from './tensor-type.js';

export { bytesOf, type DataType, type Shape, sameShape, sizeOf, type TensorType, type ValueId } from './tensor-type.js';

/** `parameter` and `moment` persist between steps; `batch` and `scalar` are given anew each time. */
export type InputRole = 'parameter' | 'moment' | 'batch' | 'scalar';

export interface ProgramInput {
  readonly name: string;
  readonly role: InputRole;
  readonly value: ValueId;
}

export interface ProgramOutput {
  readonly name: string;
  readonly value: ValueId;
  /** The name of the input whose next value this is: only for parameters and moments. */
  readonly updates?: string;
}

/** A node of one operation, or of any. */
export type Node<Name extends OperationName = OperationName> = { [Each in Name]: NodeOf<Each> }[Name];

export interface Program {
  readonly name: string;
  readonly types: readonly TensorType[];
  readonly inputs: readonly ProgramInput[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly ProgramOutput[];
}
