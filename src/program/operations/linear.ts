/**
 * A linear layer in one operation: alpha · x · weight + bias. Runtimes fuse the bias into the product, which saves a pass over memory.
 */
import * as E from 'fp-ts/lib/Either.js';
import { addFlops } from '../types/flops.js';
import { sameShape } from '../types/tensor-type.js';
import { onePerElement } from './elementwise.js';
import { matmul } from './matmul.js';
import { forOneOutput, type Operation } from './operation.js';

export interface LinearAttributes {
  readonly alpha: number;
}

const asMatmul = ({ alpha }: LinearAttributes) => ({ transposeA: false, transposeB: false, alpha });

/** (x [n, in], weight [in, out], bias [out]) → [n, out] */
export const linear: Operation<LinearAttributes> = {
  shape: ([x, weight, bias], attributes) => {
    if (x?.shape.length !== 2 || weight === undefined || bias?.dtype !== 'f32' || !sameShape(bias.shape, weight.shape.slice(1)))
      return E.left('takes x [n, in], weight [in, out] and bias [out]');
    return matmul.shape([x, weight], asMatmul(attributes));
  },
  gradient: forOneOutput(({ trace, inputs: [x, weight, bias], attributes: { alpha }, cotangent }) => {
    if (x === undefined || weight === undefined || bias === undefined) return [];
    return [
      trace.matmul(cotangent, weight, { transposeB: true, alpha }),
      trace.matmul(x, cotangent, { transposeA: true, alpha }),
      trace.sumTo(cotangent, bias.type.shape),
    ];
  }),
  flops: (inputs, outputs, attributes) =>
    addFlops(matmul.flops(inputs.slice(0, 2), outputs, asMatmul(attributes)), onePerElement(inputs, outputs)),
  decompose: (trace, [x, weight, bias], { alpha }) =>
    x === undefined || weight === undefined || bias === undefined ? [] : [trace.add(trace.matmul(x, weight, { alpha }), bias)],
};
