/**
 * Matrix product over the last two axes: alpha · op(A) · op(B), where op may transpose. Leading axes are a batch and must agree. Two FLOPs per
 * multiply-add: 2·batch·M·N·K.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sameShape, sizeOf, type TensorType } from '../types/tensor-type.js';
import { forOneOutput, type Operation } from './operation.js';

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

const innerSize = (a: TensorType, transposeA: boolean): number => a.shape.at(transposeA ? -2 : -1) ?? 0;

export const matmul: Operation<MatmulAttributes> = {
  shape: ([a, b], { transposeA, transposeB }) => {
    if (a?.dtype !== 'f32' || b?.dtype !== 'f32') return E.left('takes two f32 tensors');
    const batchA = a.shape.slice(0, -2);
    const batchB = b.shape.slice(0, -2);
    const inner = innerSize(a, transposeA);
    const fits =
      a.shape.length >= 2 && a.shape.length === b.shape.length && sameShape(batchA, batchB) && inner === b.shape.at(transposeB ? -1 : -2);
    if (!fits) return E.left(`[${a.shape}]${transposeA ? 'ᵀ' : ''} does not multiply [${b.shape}]${transposeB ? 'ᵀ' : ''}`);
    return E.right([{ dtype: 'f32', shape: [...batchA, a.shape.at(transposeA ? -1 : -2) ?? 0, b.shape.at(transposeB ? -2 : -1) ?? 0] }]);
  },
  // C = α·A·B: dA = α·dC·Bᵀ, dB = α·Aᵀ·dC; where an operand enters transposed, its gradient is transposed by swapping the factors.
  gradient: forOneOutput(({ trace, inputs, attributes: { transposeA, transposeB, alpha }, cotangent }) => {
    const [a, b] = inputs;
    if (a === undefined || b === undefined) return [];
    return [
      transposeA
        ? trace.matmul(b, cotangent, { transposeA: transposeB, transposeB: true, alpha })
        : trace.matmul(cotangent, b, { transposeB: !transposeB, alpha }),
      transposeB
        ? trace.matmul(cotangent, a, { transposeA: true, transposeB: transposeA, alpha })
        : trace.matmul(a, cotangent, { transposeA: !transposeA, alpha }),
    ];
  }),
  flops: ([a], [c], { transposeA }) => ({
    ...noFlops,
    matmul: a === undefined || c === undefined ? 0 : 2 * sizeOf(c.shape) * innerSize(a, transposeA),
  }),
};
