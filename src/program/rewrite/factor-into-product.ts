/**
 * s·(alpha·x·W + b) = (s·alpha)·x·W + s·b, and alpha·(s·x)·W + b = (alpha·s)·x·W + b: a factor of activations is moved into an adjacent product. A
 * number goes into the product's own factor and the short bias, so that a step size costs nothing; a scalar that changes from step to step (the
 * factors of stochastic depth) goes into W and b, which are smaller than the activations.
 */
import type { Tensor } from '../types/trace.js';
import { type Call, type Product, productOf, type Rewrite, type RewriteTrace, traceProduct } from './rewrite.js';

const isScalar = ({ type }: Tensor): boolean => type.shape.length === 0;

interface Scaled {
  readonly x: Tensor;
  readonly factor: Tensor;
}

/** factor·x, in either order. */
const scaledOf = ([a, b]: readonly Tensor[]): Scaled | undefined => {
  if (a === undefined || b === undefined || isScalar(a) === isScalar(b)) return undefined;
  return isScalar(b) ? { x: a, factor: b } : { x: b, factor: a };
};

/** The product that gave the tensor, if nothing else reads it: otherwise it would be computed twice. */
const soleProduct = (trace: RewriteTrace, x: Tensor): Product | undefined => {
  const node = trace.producerOf(x);
  return node === undefined || trace.isShared(x)
    ? undefined
    : productOf(
        node,
        node.inputs.map((id) => trace.tensor(id)),
      );
};

/** A product whose result is multiplied. */
const ofResult = (trace: RewriteTrace, { operation, inputs }: Call): Tensor | undefined => {
  const scaled = operation === 'mul' ? scaledOf(inputs) : undefined;
  const product = scaled && soleProduct(trace, scaled.x);
  if (scaled === undefined || product === undefined) return undefined;
  const { factor } = scaled;
  const { x, weight, bias, alpha } = product;
  const number = trace.constantOf(factor);
  return number === undefined
    ? traceProduct(trace, { x, weight: trace.mul(weight, factor), bias: bias && trace.mul(bias, factor), alpha })
    : traceProduct(trace, { x, weight, bias: bias && trace.mul(bias, factor), alpha: alpha * number });
};

/** A product whose operand was multiplied by a number. */
const ofOperand = (trace: RewriteTrace, call: Call): Tensor | undefined => {
  const product = productOf(call, call.inputs);
  const node = product && trace.producerOf(product.x);
  const scaled = node?.operation === 'mul' ? scaledOf(node.inputs.map((id) => trace.tensor(id))) : undefined;
  const number = scaled && trace.constantOf(scaled.factor);
  return product === undefined || scaled === undefined || number === undefined
    ? undefined
    : traceProduct(trace, { ...product, x: scaled.x, alpha: product.alpha * number });
};

export const factorIntoProduct: Rewrite = {
  says: 'factors into products',
  apply: (trace, call) => ofResult(trace, call) ?? ofOperand(trace, call),
};
