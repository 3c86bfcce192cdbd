/**
 * What work costs, as a monoid. Matrix products are what the field counts (two FLOPs per multiply-add); softmax and elementwise work are counted
 * separately, and so are the bytes that ranks communicate.
 */
export interface Flops {
  readonly matmul: number;
  readonly softmax: number;
  readonly elementwise: number;
  /** Bytes that each rank contributes to means over all ranks; absent where there are none, as in every run of one rank. */
  readonly communicated?: number;
}

export const noFlops: Flops = { matmul: 0, softmax: 0, elementwise: 0 };

const communicating = (bytes: number): Pick<Flops, 'communicated'> => (bytes === 0 ? {} : { communicated: bytes });

export const addFlops = (a: Flops, b: Flops): Flops => ({
  matmul: a.matmul + b.matmul,
  softmax: a.softmax + b.softmax,
  elementwise: a.elementwise + b.elementwise,
  ...communicating((a.communicated ?? 0) + (b.communicated ?? 0)),
});

export const scaleFlops = (times: number, a: Flops): Flops => ({
  matmul: times * a.matmul,
  softmax: times * a.softmax,
  elementwise: times * a.elementwise,
  ...communicating(times * (a.communicated ?? 0)),
});

export const equalFlops = (a: Flops, b: Flops): boolean =>
  a.matmul === b.matmul && a.softmax === b.softmax && a.elementwise === b.elementwise && (a.communicated ?? 0) === (b.communicated ?? 0);
