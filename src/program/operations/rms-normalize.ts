/**
 * Root mean square normalisation over the last axis without its weight (Zhang & Sennrich, 2019): x·inverse with inverse = 1/√(mean(x²) + ε). Also
 * returns the inverse, which its gradient reads. Three FLOPs per element. Not here: the one that also subtracts the mean (`normalize.ts`).
 */
import { noFlops } from '../types/flops.js';
import { sizeOf } from '../types/tensor-type.js';
import { meanOf, type NormalizeAttributes, normalize } from './normalize.js';
import { cotangentOfFirst, type Operation } from './operation.js';

/** x [n, width] → y [n, width], inverse [n, 1] */
export const rmsNormalize: Operation<NormalizeAttributes> = {
  shape: normalize.shape,
  // dx = inverse·(dy − y·mean(dy∘y))
  gradient: ({ trace, outputs: [y, inverse], cotangents }) => {
    const cotangent = cotangentOfFirst('rmsNormalize', cotangents);
    if (y === undefined || inverse === undefined || cotangent === undefined) return [];
    const alongY = trace.mul(y, meanOf(trace, trace.mul(cotangent, y)));
    return [trace.mul(trace.sub(cotangent, alongY), inverse)];
  },
  flops: ([x]) => ({ ...noFlops, elementwise: x === undefined ? 0 : 3 * sizeOf(x.shape) }),
  decompose: (trace, [x], { epsilon }) => {
    if (x === undefined) return [];
    const meanSquare = meanOf(trace, trace.mul(x, x));
    const inverse = trace.div(trace.scalar(1), trace.sqrt(trace.add(meanSquare, trace.scalar(epsilon))));
    return [trace.mul(x, inverse), inverse];
  },
};
