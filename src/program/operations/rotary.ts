/**
 * Rotary positions (Su et al., 2021, "RoFormer"): at position p, unit i of a head's first half and unit i of its second half are the coordinates of a
 * point that is turned by the angle p·theta^(−2i/size). That is the layout of Hugging Face's LlamaForCausalLM; others pair adjacent units. The product
 * of a turned query and a turned key depends only on the distance of their positions.
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../types/flops.js';
import { sizeOf, type TensorType } from '../types/tensor-type.js';
import type { Tensor, Trace } from '../types/trace.js';
import { forOneOutput, type Operation } from './operation.js';

export interface RotaryAttributes {
  readonly positions: number;
  /** Units of a head, an even number. */
  readonly size: number;
  /** The base of the angles. */
  readonly theta: number;
}

/** Row-major: for each position the cosines of all angles, then their sines. */
export const rotaryValues = ({ positions, size, theta }: RotaryAttributes): Float64Array =>
  Float64Array.from({ length: positions * size }, (_, index) => {
    const [position, unit] = [Math.floor(index / size), index % size];
    const angle = (unit: number): number => position * theta ** ((-2 * unit) / size);
    return unit < size / 2 ? Math.cos(angle(unit)) : Math.sin(angle(unit - size / 2));
  });

/** [positions, size]: for each position the cosines of all angles, then their sines. No FLOPs: it is made once. */
export const rotaryTable: Operation<RotaryAttributes> = {
  shape: (_, { positions, size, theta }) =>
    Number.isInteger(positions) && positions >= 1 && Number.isInteger(size / 2) && size >= 2 && theta > 0
      ? E.right([{ dtype: 'f32', shape: [positions, size] }])
      : E.left('takes at least 1 position, an even size and a theta above 0'),
  gradient: () => [],
  flops: () => noFlops,
};

interface Sizes {
  readonly time: number;
  readonly batch: number;
  readonly heads: number;
  readonly size: number;
}

const sizesOf = ({ shape: [rows = 0, width = 0] }: TensorType, { shape: [time = 1, , size = 1] }: TensorType): Sizes => ({
  time,
  batch: rows / time,
  heads: width / size,
  size,
});

const halves = (trace: Trace, x: Tensor, size: number): readonly [Tensor, Tensor] => {
  const [first, second] = trace.split(x, 3, [size / 2, size / 2]);
  if (first === undefined || second === undefined) throw new Error('a head has two halves');
  return [first, second];
};

/** [time·batch, width] → both halves of each head, [time, batch, heads, size/2] */
const halvesOf = (trace: Trace, x: Tensor, { time, batch, heads, size }: Sizes): readonly [Tensor, Tensor] =>
  halves(trace, trace.reshape(x, [time, batch, heads, size]), size);

/** Cosines and sines, [time, 1 or batch, 1, size/2] */
const anglesOf = (trace: Trace, table: Tensor): readonly [cosines: Tensor, sines: Tensor] => {
  const [time = 1, batch = 1, size = 1] = table.type.shape;
  return halves(trace, trace.reshape(table, [time, batch, 1, size]), size);
};

/** The table of the opposite angles. */
const opposite = (trace: Trace, table: Tensor): Tensor => {
  const [cosines, sines] = anglesOf(trace, table);
  return trace.reshape(trace.concat([cosines, trace.neg(sines)], 3), table.type.shape);
};

/** x [time·batch, width], and the rows of a `rotaryTable` at the positions, [time, 1 or batch, size of a head] → [time·batch, width] */
export const rotary: Operation<Readonly<Record<never, never>>> = {
  shape: ([x, table]) => {
    const [time = 0, batch = 0] = table?.shape ?? [];
    if (x?.dtype !== 'f32' || table?.dtype !== 'f32' || x.shape.length !== 2 || table.shape.length !== 3)
      return E.left('takes f32 x [time·batch, width] and a table [time, 1 or batch, size of a head]');
    const sizes = sizesOf(x, table);
    const fits = [sizes.batch, sizes.heads, sizes.size / 2].every(Number.isInteger) && time > 0 && (batch === 1 || batch === sizes.batch);
    return fits ? E.right([x]) : E.left(`cannot turn [${x.shape}] by a table [${table.shape}]`);
  },
  // The inverse of a rotation is its transpose.
  gradient: forOneOutput(({ trace, inputs: [x, table], cotangent }) => {
    if (x === undefined || table === undefined) return [];
    const sizes = sizesOf(x.type, table.type);
    const [[a, b], [ofFirst, ofSecond]] = [halvesOf(trace, x, sizes), halvesOf(trace, cotangent, sizes)];
    const ofCosines = trace.add(trace.mul(ofFirst, a), trace.mul(ofSecond, b));
    const ofSines = trace.sub(trace.mul(ofSecond, a), trace.mul(ofFirst, b));
    const [time = 1, batch = 1, size = 1] = table.type.shape;
    const ofTable = trace.sumTo(trace.concat([ofCosines, ofSines], 3), [time, batch, 1, size]);
    return [trace.rotary(cotangent, opposite(trace, table)), trace.reshape(ofTable, table.type.shape)];
  }),
  // Two products and a sum per element.
  flops: ([x]) => ({ ...noFlops, elementwise: x === undefined ? 0 : 3 * sizeOf(x.shape) }),
  decompose: (trace, [x, table]) => {
    if (x === undefined || table === undefined) return [];
    const [[a, b], [cosines, sines]] = [halvesOf(trace, x, sizesOf(x.type, table.type)), anglesOf(trace, table)];
    const first = trace.sub(trace.mul(a, cosines), trace.mul(b, sines));
    const second = trace.add(trace.mul(b, cosines), trace.mul(a, sines));
    return [trace.reshape(trace.concat([first, second], 3), x.type.shape)];
  },
};
