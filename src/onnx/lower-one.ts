/**
 * What lowers one operation: the node with its values' names and types, to nodes of the graph. Not here: what each operation becomes (`elementary.ts`, `backends/onnx/lowering.ts`).
 */
import type { NodeOf, OperationName } from '../program/operations/index.js';
import type { TensorType } from '../program/program.js';
import type { OnnxGraph } from './graph.js';

export interface Transposed {
  readonly from: string;
  readonly permutation: readonly number[];
}

/** Rows that are scattered into zeros, and are read nowhere but here. */
export interface Scattered {
  readonly updates: string;
  readonly indices: string;
  readonly n: number;
}

export interface Lowering<Name extends OperationName> {
  readonly graph: OnnxGraph;
  readonly node: NodeOf<Name>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of each input, what it is a transposition of, if it is one. */
  readonly transposed: readonly (Transposed | undefined)[];
  /** Of each input, what was scattered to make it, if it was. */
  readonly scattered: readonly (Scattered | undefined)[];
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
}

export type Lower<Name extends OperationName> = (lowering: Lowering<Name>) => void;

/** What a provider lowers, by operation. */
export type LoweringTable = { readonly [Name in Exclude<OperationName, 'constant'>]?: Lower<Name> };
