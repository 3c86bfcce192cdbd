/**
 * The program: what one training step (or one evaluation, or one look at the logits) computes, as a flat list of operations in
 * static single assignment. Data only. Not here: what an operation means (`operations/`), how programs are traced (`tracer.ts`),
 * differentiated (`differentiate.ts`), costed (`flops.ts`) or run (`backends/`).
 */
import type { NodeOf, OperationName } from './operations/index.js';

export type DataType = 'f32' | 'i32';
export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: DataType;
  readonly shape: Shape;
}

/** Index into `Program.types`. */
export type ValueId = number;

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

export type Node = { [Name in OperationName]: NodeOf<Name> }[OperationName];

export interface Program {
  readonly name: string;
  readonly types: readonly TensorType[];
  readonly inputs: readonly ProgramInput[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly ProgramOutput[];
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);
