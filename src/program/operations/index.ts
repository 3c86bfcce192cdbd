/**
 * The table of all operations. To add one: write its file beside the others, list it here, give the tracer a method, and run the tests: they require
 * a gradient check and a lowering in every backend that claims it.
 */
import type { ValueId } from '../types/tensor-type.js';
import { allReduce } from './all-reduce.js';
import { attention } from './attention.js';
import { crossEntropy } from './cross-entropy.js';
import { add, div, erf, exp, log, minimum, mul, neg, sqrt, sub } from './elementwise.js';
import { flashAttention, flashAttentionGradient } from './flash-attention.js';
import { gelu, geluDerivative, scaledGelu, scaledGeluDerivative } from './gelu.js';
import { gather, oneHot, scatterAdd } from './indexing.js';
import { barrier, broadcast, causalMask, constant, reshape, transpose } from './layout.js';
import { linear } from './linear.js';
import { linearCrossEntropy } from './linear-cross-entropy.js';
import { matmul } from './matmul.js';
import { normalize } from './normalize.js';
import type { Operation } from './operation.js';
import { concat, split } from './pieces.js';
import { max, sum, sumOfSquares } from './reductions.js';
import { rmsNormalize } from './rms-normalize.js';
import { rotary, rotaryTable } from './rotary.js';
import { silu, siluDerivative } from './silu.js';
import { softmax } from './softmax.js';
import { tanhGelu, tanhGeluDerivative } from './tanh-gelu.js';

const table = {
  // made
  constant,
  causalMask,
  rotaryTable,
  // elementwise
  add,
  sub,
  mul,
  div,
  minimum,
  neg,
  exp,
  log,
  sqrt,
  erf,
  // layout
  reshape,
  transpose,
  broadcast,
  barrier,
  concat,
  split,
  // reductions
  sum,
  max,
  // products and rows
  matmul,
  gather,
  oneHot,
  // coarse: these decompose
  linear,
  scatterAdd,
  sumOfSquares,
  softmax,
  attention,
  flashAttention,
  flashAttentionGradient,
  normalize,
  rmsNormalize,
  rotary,
  gelu,
  geluDerivative,
  scaledGelu,
  scaledGeluDerivative,
  tanhGelu,
  tanhGeluDerivative,
  silu,
  siluDerivative,
  crossEntropy,
  linearCrossEntropy,
  allReduce,
} as const;

export type OperationName = keyof typeof table;

type Attributes = {
  readonly [Name in OperationName]: (typeof table)[Name] extends Operation<infer Own> ? Own : never;
};

export type AttributesOf<Name extends OperationName> = Attributes[Name];

/** Every operation by its name, typed so that its rules can be called with a name and its matching attributes. */
const operations: { readonly [Name in OperationName]: Operation<Attributes[Name]> } = table;

export const operationOf = <Name extends OperationName>(name: Name): Operation<AttributesOf<Name>> => operations[name];

export interface NodeOf<Name extends OperationName> {
  readonly operation: Name;
  readonly attributes: AttributesOf<Name>;
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
}

export const operationNames = Object.keys(table) as readonly OperationName[];
