/** FLOPs as a monoid. Matrix products are what the field counts (two per multiply-add); softmax and elementwise work are counted separately. */
export interface Flops {
  readonly matmul: number;
  readonly softmax: number;
  readonly elementwise: number;
}

export const noFlops: Flops = { matmul: 0, softmax: 0, elementwise: 0 };

export const addFlops = (a: Flops, b: Flops): Flops => ({
  matmul: a.matmul + b.matmul,
  softmax: a.softmax + b.softmax,
  elementwise: a.elementwise + b.elementwise,
});

export const scaleFlops = (times: number, a: Flops): Flops => ({
  matmul: times * a.matmul,
  softmax: times * a.softmax,
  elementwise: times * a.elementwise,
});

export const equalFlops = (a: Flops, b: Flops): boolean =>
  a.matmul === b.matmul && a.softmax === b.softmax && a.elementwise === b.elementwise;
