/**
 * What a rewrite is: what becomes of one operation where its operands are of the kind that the rewrite is about, so that the program computes the same
 * function in fewer passes over memory. One file a rewrite, one row a rewrite (`index.ts`). Not here: carrying it out (`rewritten.ts`).
 */
import type { AttributesOf, OperationName } from '../operations/index.js';
import type { Node } from '../program.js';
import type { Tensor, Trace } from '../types/trace.js';

/** An operation as it is about to be traced; what it gives is known by its first output. */
export type Call = {
  readonly [Name in OperationName]: {
    readonly operation: Name;
    readonly inputs: readonly Tensor[];
    readonly attributes: AttributesOf<Name>;
  };
}[OperationName];

/** What a rewrite is told of the program besides its operations. */
export interface RewriteOptions {
  /** Whether its gradient will be asked for. */
  readonly differentiated: boolean;
  /** The most logits that are to be there at once. */
  readonly mostLogits: number;
}

/** A trace that can be looked back on. */
export interface RewriteTrace extends Trace {
  readonly options: RewriteOptions;
  /** The node that gave the tensor; undefined for an input. */
  producerOf(x: Tensor): Node | undefined;
  /** The number that a scalar constant holds, if it is one. */
  constantOf(x: Tensor): number | undefined;
  tensor(id: number): Tensor;
  /** Whether the program reads the tensor more than once, so that it is there whatever becomes of one reader. */
  isShared(x: Tensor): boolean;
}

export interface Rewrite {
  /** What it does, as a printed program says it. */
  readonly says: string;
  /** What takes the operation's place; undefined where the rewrite has nothing to say of it. What it traces is rewritten in turn. */
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
