/**
 * The contract of a rewrite: it replaces one operation whose operands match, so that the program computes the same function in fewer passes over
 * memory. Each rewrite has one file and one row (`index.ts`). Not here: applying it (`rewritten.ts`).
 */
import type { AttributesOf, OperationName } from '../operations/index.js';
import type { Node } from '../program.js';
import type { Tensor, Trace } from '../types/trace.js';

/** An operation that is about to be traced; its result is identified by its first output. */
export type Call = {
  readonly [Name in OperationName]: {
    readonly operation: Name;
    readonly inputs: readonly Tensor[];
    readonly attributes: AttributesOf<Name>;
  };
}[OperationName];

/** What a rewrite knows about the program besides its operations. */
export interface RewriteOptions {
  /** Whether its gradient will be computed. */
  readonly differentiated: boolean;
  /** The most logits that may exist as a whole. */
  readonly mostLogits: number;
  /** The most logits of a chunk, where there are more. */
  readonly logitsOfChunk: number;
}

/** A trace whose nodes can be inspected. */
export interface RewriteTrace extends Trace {
  readonly options: RewriteOptions;
  /** The node that gave the tensor; undefined for an input. */
  producerOf(x: Tensor): Node | undefined;
  /** The value of a scalar constant, if the tensor is one. */
  constantOf(x: Tensor): number | undefined;
  tensor(id: number): Tensor;
  /** Whether the program reads the tensor more than once, so that it is needed even if one reader is rewritten. */
  isShared(x: Tensor): boolean;
}

export interface Rewrite {
  /** What it does, for printed programs. */
  readonly says: string;
  /** The replacement of the operation; undefined where the rewrite does not apply. What it traces is rewritten in turn. */
  readonly apply: (trace: RewriteTrace, call: Call) => Tensor | undefined;
}

/** alpha·x·weight + bias, or without a bias: a product with a matrix that is not transposed. */
export interface Product {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly alpha: number;
}

export const productOf = (call: Pick<Call, 'operation' | 'attributes'>, inputs: readonly Tensor[]): Product | undefined => {
  const [x, weight, bias] = inputs;
  const { operation, attributes } = call as Call;
  if (x === undefined || weight === undefined || x.type.shape.length !== 2) return undefined;
  if (operation === 'linear') return { x, weight, bias, alpha: attributes.alpha };
  if (operation !== 'matmul' || attributes.transposeA || attributes.transposeB) return undefined;
  return { x, weight, bias: undefined, alpha: attributes.alpha };
};

export const traceProduct = (trace: Trace, { x, weight, bias, alpha }: Product): Tensor =>
  bias === undefined ? trace.matmul(x, weight, { alpha }) : trace.linear(x, weight, bias, { alpha });
