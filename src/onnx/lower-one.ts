/**
 * The contract for lowering one operation: from the node, with the names and types of its values, to nodes of the graph. Not here: the
 * lowerings (`elementary.ts`, `backends/onnx/lowering.ts`).
 */
import type { NodeOf, OperationName } from '../program/operations/index.js';
import type { TensorType } from '../program/program.js';
import type { OnnxGraph } from './graph.js';

export interface Transposed {
  readonly from: string;
  readonly permutation: readonly number[];
}

/** Rows scattered into zeros; the result has no other reader. */
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
  /** For each input that is a transpose, its source. */
  readonly transposed: readonly (Transposed | undefined)[];
  /** For each input that is the result of a scatter, its source. */
  readonly scattered: readonly (Scattered | undefined)[];
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
}

export type Lower<Name extends OperationName> = (lowering: Lowering<Name>) => void;

/** A provider's lowerings, by operation. */
export type LoweringTable = { readonly [Name in Exclude<OperationName, 'constant'>]?: Lower<Name> };
