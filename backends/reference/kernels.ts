/**
 * Plain float64 loops for the primitives, written for comparison with their definitions, not for speed. Tensors are row-major arrays of numbers;
 * indices are numbers too.
 */
import type { NodeOf, OperationName } from '../../src/program/operations/index.js';
import { rotaryValues } from '../../src/program/operations/rotary.js';
import { type Shape, sizeOf, type TensorType } from '../../src/program/program.js';

export type Values = Float64Array;

interface Operand {
  readonly type: TensorType;
  readonly values: Values;
}

/** For one output of an operation. */
interface Call<Name extends OperationName> {
  readonly node: NodeOf<Name>;
  readonly inputs: readonly Operand[];
  readonly index: number;
  readonly output: TensorType;
}

type Kernel<Name extends OperationName> = (call: Call<Name>) => Values;

const strides = (shape: Shape): readonly number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** Coordinates of the element at a row-major position. */
const coordinates = (position: number, shape: Shape): readonly number[] =>
  strides(shape).map((stride, axis) => Math.floor(position / stride) % (shape[axis] ?? 1));

/** Row-major position of coordinates in a shape that may be broadcast: axes of size 1 are read at 0, missing leading axes are dropped. */
const positionIn = (shape: Shape, at: readonly number[]): number => {
  const offset = at.length - shape.length;
  return strides(shape).reduce((sum, stride, axis) => sum + stride * (shape[axis] === 1 ? 0 : (at[axis + offset] ?? 0)), 0);
};

const fill = (shape: Shape, value: (at: readonly number[], position: number) => number): Values =>
  Float64Array.from({ length: sizeOf(shape) }, (_, position) => value(coordinates(position, shape), position));

const read = (input: Operand | undefined, at: readonly number[]): number =>
  input === undefined ? Number.NaN : (input.values[positionIn(input.type.shape, at)] ?? Number.NaN);

const unary =
  (f: (x: number) => number): Kernel<OperationName> =>
  ({ inputs: [x] }) =>
    x === undefined ? new Float64Array() : x.values.map(f);

const binary =
  (f: (a: number, b: number) => number): Kernel<OperationName> =>
  ({ inputs: [a, b], output }) =>
    fill(output.shape, (at) => f(read(a, at), read(b, at)));

const reduce =
  (start: number, f: (a: number, b: number) => number): Kernel<'sum' | 'max'> =>
  ({ inputs: [x], output }) => {
    const result = new Float64Array(sizeOf(output.shape)).fill(start);
    x?.values.forEach((value, position) => {
      const target = positionIn(output.shape, coordinates(position, x.type.shape));
      result[target] = f(result[target] ?? start, value);
    });
    return result;
  };

/** erf by its Maclaurin series for small |x| and by the continued fraction of erfc beyond (Abramowitz & Stegun 7.1.6, 7.1.14); error below 1e-14. */
export const erf = (x: number): number => {
  const z = Math.abs(x);
  if (z < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return ((2 / Math.sqrt(Math.PI)) * sum) / Math.exp(x * x);
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction)));
};

export const kernels = {
  constant: ({ node }: Call<'constant'>) => Float64Array.of(node.attributes.value),
  causalMask: ({ output }: Call<'causalMask'>) => fill(output.shape, ([row = 0, column = 0]) => (column > row ? -1e9 : 0)),

  rotaryTable: ({ node }: Call<'rotaryTable'>) => rotaryValues(node.attributes),

  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  minimum: binary(Math.min),
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  erf: unary(erf),

  reshape: unary((x) => x),
  barrier: unary((x) => x),
  transpose: ({ node, inputs: [x], output }: Call<'transpose'>) => {
    const { permutation } = node.attributes;
    return fill(output.shape, (at) =>
      read(
        x,
        permutation.map((_, axis) => at[permutation.indexOf(axis)] ?? 0),
      ),
    );
  },
  broadcast: ({ inputs: [x], output }: Call<'broadcast'>) => fill(output.shape, (at) => read(x, at)),
  concat: ({ node: { attributes }, inputs, output }: Call<'concat'>) =>
    fill(output.shape, (at) => {
      let place = at[attributes.axis] ?? 0;
      const holder = inputs.find(({ type }) => {
        const size = type.shape[attributes.axis] ?? 0;
        if (place < size) return true;
        place -= size;
        return false;
      });
      return read(holder, at.with(attributes.axis, place));
    }),
  split: ({ node: { attributes }, inputs: [x], index, output }: Call<'split'>) => {
    const before = attributes.sizes.slice(0, index).reduce((a, b) => a + b, 0);
    return fill(output.shape, (at) => read(x, at.with(attributes.axis, before + (at[attributes.axis] ?? 0))));
  },

  sum: reduce(0, (a, b) => a + b),
  max: reduce(Number.NEGATIVE_INFINITY, Math.max),

  matmul: ({ node, inputs: [a, b], output }: Call<'matmul'>) => {
    const { transposeA, transposeB, alpha } = node.attributes;
    const inner = a?.type.shape.at(transposeA ? -2 : -1) ?? 0;
    return fill(output.shape, (at) => {
      const batch = at.slice(0, -2);
      const [row = 0, column = 0] = at.slice(-2);
      let sum = 0;
      for (let k = 0; k < inner; k++)
        sum +=
          read(a, [...batch, ...(transposeA ? [k, row] : [row, k])]) * read(b, [...batch, ...(transposeB ? [column, k] : [k, column])]);
      return alpha * sum;
    });
  },

  gather: ({ inputs: [table, indices], output }: Call<'gather'>) =>
    fill(output.shape, ([row = 0, column = 0]) => read(table, [read(indices, [row]), column])),
  oneHot: ({ inputs: [indices], output }: Call<'oneHot'>) =>
    fill(output.shape, ([row = 0, column = 0]) => (read(indices, [row]) === column ? 1 : 0)),
} as const;
