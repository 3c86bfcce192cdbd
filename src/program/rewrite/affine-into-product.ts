/**
 * (x∘γ + β)·W + b = x·(γ∘W) + (β·W + b) with vectors γ, β: the weights of a norm are folded into the matrices of the products that read it, which are
 * much smaller than the activations in the shapes that are trained on a CPU (docs/decisions/0001). A head, whose matrix is read transposed and is as
 * large as the vocabulary, is not changed.
 */
import type { Tensor } from '../types/trace.js';
import { productOf, type Rewrite, type RewriteTrace, traceProduct } from './rewrite.js';

interface Affine {
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor | undefined;
}

/** The operands of an elementwise operation: the large one, and the vector over its columns. */
const withVector = ([a, b]: readonly Tensor[]): readonly [large: Tensor, vector: Tensor] | undefined => {
  if (a === undefined || b === undefined) return undefined;
  const isOver = (vector: Tensor, large: Tensor): boolean =>
    vector.type.shape.length === 1 && large.type.shape.length === 2 && vector.type.shape[0] === large.type.shape[1];
  if (isOver(b, a)) return [a, b];
  return isOver(a, b) ? [b, a] : undefined;
};

const operandsOf = (trace: RewriteTrace, x: Tensor, operation: 'add' | 'mul'): readonly [Tensor, Tensor] | undefined => {
  const node = trace.producerOf(x);
  return node?.operation === operation ? withVector(node.inputs.map((id) => trace.tensor(id))) : undefined;
};

/** x∘γ + β, or x∘γ. */
const affineOf = (trace: RewriteTrace, value: Tensor): Affine | undefined => {
  const shifted = operandsOf(trace, value, 'add');
  const scaled = operandsOf(trace, shifted?.[0] ?? value, 'mul');
  return scaled && { x: scaled[0], gamma: scaled[1], beta: shifted?.[1] };
};

export const affineIntoProduct: Rewrite = {
  says: 'weights of norms into products',
  apply: (trace, call) => {
    const product = productOf(call, call.inputs);
    const affine = product && affineOf(trace, product.x);
    if (product === undefined || affine === undefined) return undefined;
    const { weight, bias, alpha } = product;
    const { x, gamma, beta } = affine;
    const [rows = 0, columns = 0] = weight.type.shape;
    const column = (vector: Tensor): Tensor => trace.reshape(vector, [rows, 1]);
    const ofBeta = beta && trace.sumTo(trace.mul(column(beta), weight), [columns]);
    // The product's factor also applies to β, but not to the bias.
    const scaled = ofBeta && (alpha === 1 ? ofBeta : trace.mul(ofBeta, trace.scalar(alpha)));
    const shift = scaled && bias ? trace.add(scaled, bias) : (scaled ?? bias);
    return traceProduct(trace, { x, weight: trace.mul(column(gamma), weight), bias: shift, alpha });
  },
};
