/**
 * Layer normalisation over the last axis without its weight and bias (Ba et al., 2016): (x − mean)·inverse with inverse = 1/√(variance + ε). Also
 * returns the inverse, which its gradient reads. Seven FLOPs per element.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sizeOf } from '../types/tensor-type.js';
import type { Tensor, Trace } from '../types/trace.js';
import { cotangentOfFirst, type Operation } from './operation.js';

export interface NormalizeAttributes {
  readonly epsilon: number;
}

const lastAxis = (x: Tensor): number => x.type.shape.length - 1;
/** The mean over the last axis, which stays with size 1. */
export const meanOf = (trace: Trace, x: Tensor): Tensor =>
  trace.mul(trace.sum(x, [lastAxis(x)]), trace.scalar(1 / (x.type.shape.at(-1) ?? 1)));

/** x [n, width] → y [n, width], inverse [n, 1] */
export const normalize: Operation<NormalizeAttributes> = {
  shape: ([x]) =>
    x?.dtype === 'f32' && x.shape.length >= 1
      ? E.right([x, { dtype: 'f32', shape: [...x.shape.slice(0, -1), 1] }])
      : E.left('takes one f32 tensor'),
  // dx = inverse·(dy − mean(dy) − y·mean(dy∘y))
  gradient: ({ trace, outputs: [y, inverse], cotangents }) => {
    const cotangent = cotangentOfFirst('normalize', cotangents);
    if (y === undefined || inverse === undefined || cotangent === undefined) return [];
    const alongY = trace.mul(y, meanOf(trace, trace.mul(cotangent, y)));
    return [trace.mul(trace.sub(trace.sub(cotangent, alongY), meanOf(trace, cotangent)), inverse)];
  },
  flops: ([x]) => ({ ...noFlops, elementwise: x === undefined ? 0 : 7 * sizeOf(x.shape) }),
  decompose: (trace, [x], { epsilon }) => {
    if (x === undefined) return [];
    const centred = trace.sub(x, meanOf(trace, x));
    const variance = meanOf(trace, trace.mul(centred, centred));
    const inverse = trace.div(trace.scalar(1), trace.sqrt(trace.add(variance, trace.scalar(epsilon))));
    return [trace.mul(centred, inverse), inverse];
  },
};
