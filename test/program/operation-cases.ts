/**
 * For every operation at least one small case: inputs, the shapes that come out, FLOPs counted by hand, and the values by a plain
 * formula (`formulas.ts`). Gradient checks, decompositions and backends are all tested on these, so a new operation without a case
 * does not compile.
 */
import { stream } from '../../src/data/random.js';
import { type AttributesOf, type OperationName, operationNames } from '../../src/program/operations/index.js';
import { type Program, type Shape, sizeOf, type TensorType } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { type Flops, noFlops } from '../../src/program/types/flops.js';
import * as formula from './formulas.js';

type CaseInput =
  | { readonly shape: Shape; readonly low: number; readonly high: number }
  | { readonly indices: readonly number[] }
  /** Made of the inputs before it. */
  | { readonly shape: Shape; readonly of: (before: readonly formula.Numbers[]) => formula.Numbers };

interface Case {
  readonly label: string;
  readonly inputs: readonly CaseInput[];
  readonly outputs: readonly Shape[];
  readonly flops: Flops;
  readonly formula: (...inputs: readonly formula.Numbers[]) => readonly formula.Numbers[];
}

export interface OperationCase<Name extends OperationName> extends Case {
  readonly attributes: AttributesOf<Name>;
}

const values = (...shape: number[]): CaseInput => ({ shape, low: -2, high: 2 });
/** For sums over many products, whose rounding grows with their size. */
const small = (...shape: number[]): CaseInput => ({ shape, low: -0.5, high: 0.5 });
const positive = (...shape: number[]): CaseInput => ({ shape, low: 0.5, high: 3 });
const indices = (...given: number[]): CaseInput => ({ indices: given });

const elementwise = (count: number): Flops => ({ ...noFlops, elementwise: count });
const softmax = (count: number): Flops => ({ ...noFlops, softmax: count });
const matmul = (count: number): Flops => ({ ...noFlops, matmul: count });

/** [2, 3] with every way of broadcasting against it; `divisor` keeps the second operand away from 0. */
const binary = (f: (a: number, b: number) => number, second: (...shape: number[]) => CaseInput = values) => {
  const common = { attributes: {}, outputs: [[2, 3]], flops: elementwise(6) };
  return [
    { ...common, label: 'equal shapes', inputs: [values(2, 3), second(2, 3)], formula: formula.pairs(f, 3, [3, 1], [3, 1]) },
    { ...common, label: 'a row', inputs: [values(2, 3), second(3)], formula: formula.pairs(f, 3, [3, 1], [0, 1]) },
    { ...common, label: 'a scalar first', inputs: [values(), second(2, 3)], formula: formula.pairs(f, 3, [0, 0], [3, 1]) },
    { ...common, label: 'a column and a row', inputs: [values(2, 1), second(1, 3)], formula: formula.pairs(f, 3, [1, 0], [0, 1]) },
  ];
};

const unary = (f: (x: number) => number, input: (...shape: number[]) => CaseInput = values) => [
  { label: '[2, 3]', attributes: {}, inputs: [input(2, 3)], outputs: [[2, 3]], flops: elementwise(6), formula: formula.each(f) },
];

const product = (label: string, a: CaseInput, b: CaseInput, transposeA: boolean, transposeB: boolean, alpha: number) => ({
  label,
  attributes: { transposeA, transposeB, alpha },
  inputs: [a, b],
  outputs: [[2, 4]],
  flops: matmul(2 * 2 * 4 * 3),
  formula: formula.product(2, 3, 4, transposeA, transposeB, alpha),
});

export const operationCases: { readonly [Name in OperationName]: readonly OperationCase<Name>[] } = {
  constant: [{ label: '2.5', attributes: { value: 2.5 }, inputs: [], outputs: [[]], flops: noFlops, formula: () => [[2.5]] }],
  causalMask: [
    {
      label: '3',
      attributes: { size: 3 },
      inputs: [],
      outputs: [[3, 3]],
      flops: noFlops,
      formula: () => [[0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0]],
    },
  ],

  rotaryTable: [
    {
      label: 'two positions of four units, base 100',
      attributes: { positions: 2, size: 4, theta: 100 },
      inputs: [],
      outputs: [[2, 4]],
      flops: noFlops,
      formula: () => [[1, 1, 0, 0, Math.cos(1), Math.cos(0.1), Math.sin(1), Math.sin(0.1)]],
    },
  ],

  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b, positive),
  minimum: binary(Math.min),
  neg: unary((x) => -x),
  exp: unary((x) => Math.E ** x),
  log: unary((x) => Math.log2(x) * Math.LN2, positive),
  sqrt: unary((x) => x ** 0.5, positive),
  erf: unary(formula.errorFunction, (...shape) => ({ shape, low: -3.5, high: 3.5 })),

  reshape: [
    {
      label: '[2, 3] to [3, 2]',
      attributes: { shape: [3, 2] },
      inputs: [values(2, 3)],
      outputs: [[3, 2]],
      flops: noFlops,
      formula: (x) => [x],
    },
  ],
  barrier: [
    { label: 'alone', attributes: {}, inputs: [values(2, 3)], outputs: [[2, 3]], flops: noFlops, formula: (x) => [x] },
    {
      label: 'after two others',
      attributes: {},
      inputs: [values(2, 3), values(4), indices(1, 2)],
      outputs: [[2, 3]],
      flops: noFlops,
      formula: (x) => [x],
    },
  ],
  transpose: [
    {
      label: 'three axes in turn',
      attributes: { permutation: [2, 0, 1] },
      inputs: [values(2, 3, 4)],
      outputs: [[4, 2, 3]],
      flops: noFlops,
      formula: (x) => [formula.build([4, 2, 3], ([i, j, k]) => formula.at(x, (12 * j + 4 * k + i) as number))],
    },
  ],
  broadcast: [
    {
      label: '[2, 1] to [3, 2, 4]',
      attributes: { shape: [3, 2, 4] },
      inputs: [values(2, 1)],
      outputs: [[3, 2, 4]],
      flops: noFlops,
      formula: (x) => [formula.build([3, 2, 4], ([, j]) => formula.at(x, j))],
    },
    {
      label: '[2, 1, 3, 1, 1] to [2, 2, 3, 2, 1], more axes than a shader tiles',
      attributes: { shape: [2, 2, 3, 2, 1] },
      inputs: [values(2, 1, 3, 1, 1)],
      outputs: [[2, 2, 3, 2, 1]],
      flops: noFlops,
      formula: (x) => [formula.build([2, 2, 3, 2, 1], ([i = 0, , j = 0]) => formula.at(x, 3 * i + j))],
    },
  ],
  concat: [
    {
      label: 'three vectors',
      attributes: { axis: 0 },
      inputs: [values(2), values(3), values(1)],
      outputs: [[6]],
      flops: noFlops,
      formula: (a, b, c) => [[...a, ...b, ...c]],
    },
    {
      label: 'sixty pieces, more than a shader has buffers',
      attributes: { axis: 0 },
      inputs: Array.from({ length: 60 }, (_, index) => values(1 + (index % 2))),
      outputs: [[90]],
      flops: noFlops,
      formula: (...pieces) => [pieces.flatMap((piece) => [...piece])],
    },
    {
      label: '[2, 1] and [2, 2] along the last axis',
      attributes: { axis: 1 },
      inputs: [values(2, 1), values(2, 2)],
      outputs: [[2, 3]],
      flops: noFlops,
      formula: (a, b) => [[formula.at(a, 0), formula.at(b, 0), formula.at(b, 1), formula.at(a, 1), formula.at(b, 2), formula.at(b, 3)]],
    },
  ],
  split: [
    {
      label: 'a vector into three',
      attributes: { axis: 0, sizes: [2, 3, 1] },
      inputs: [values(6)],
      outputs: [[2], [3], [1]],
      flops: noFlops,
      formula: (x) => [Array.from(x).slice(0, 2), Array.from(x).slice(2, 5), Array.from(x).slice(5)],
    },
    {
      label: 'a vector into sixty, more than a shader has buffers',
      attributes: { axis: 0, sizes: Array.from({ length: 60 }, (_, index) => 1 + (index % 2)) },
      inputs: [values(90)],
      outputs: Array.from({ length: 60 }, (_, index) => [1 + (index % 2)]),
      flops: noFlops,
      formula: (x) =>
        Array.from({ length: 60 }, (_, index) =>
          Array.from(x).slice(index + Math.floor(index / 2), index + Math.floor(index / 2) + 1 + (index % 2)),
        ),
    },
    {
      label: '[2, 3] into [2, 2] and [2, 1]',
      attributes: { axis: 1, sizes: [2, 1] },
      inputs: [values(2, 3)],
      outputs: [
        [2, 2],
        [2, 1],
      ],
      flops: noFlops,
      formula: (x) => [
        [formula.at(x, 0), formula.at(x, 1), formula.at(x, 3), formula.at(x, 4)],
        [formula.at(x, 2), formula.at(x, 5)],
      ],
    },
  ],

  sum: [
    {
      label: 'the middle axis',
      attributes: { axes: [1] },
      inputs: [values(2, 3, 2)],
      outputs: [[2, 1, 2]],
      flops: elementwise(12),
      formula: (x) => [formula.build([2, 1, 2], ([i, , k]) => [0, 1, 2].reduce((total, j) => total + formula.at(x, 6 * i + 2 * j + k), 0))],
    },
    {
      label: 'two axes',
      attributes: { axes: [0, 2] },
      inputs: [values(2, 3, 2)],
      outputs: [[1, 3, 1]],
      flops: elementwise(12),
      formula: (x) => [formula.build([1, 3, 1], ([, j]) => [0, 1, 6, 7].reduce((total, place) => total + formula.at(x, 2 * j + place), 0))],
    },
  ],
  max: [
    {
      label: 'the last axis',
      attributes: { axes: [1] },
      inputs: [values(2, 3)],
      outputs: [[2, 1]],
      flops: elementwise(6),
      formula: (x) => [[Math.max(...Array.from(x).slice(0, 3)), Math.max(...Array.from(x).slice(3))]],
    },
  ],

  matmul: [
    product('A·B', values(2, 3), values(3, 4), false, false, 1),
    product('Aᵀ·B', values(3, 2), values(3, 4), true, false, 1),
    product('½·A·Bᵀ', values(2, 3), values(4, 3), false, true, 0.5),
    product('−2·Aᵀ·Bᵀ', values(3, 2), values(4, 3), true, true, -2),
    {
      label: 'a batch of A·Bᵀ',
      attributes: { transposeA: false, transposeB: true, alpha: 0.5 },
      inputs: [values(2, 2, 2, 3), values(2, 2, 4, 3)],
      outputs: [[2, 2, 2, 4]],
      flops: matmul(4 * 2 * 2 * 4 * 3),
      formula: formula.batched(4, 6, 12, formula.product(2, 3, 4, false, true, 0.5)),
    },
  ],
  gather: [
    {
      label: 'rows, one of them twice',
      attributes: {},
      inputs: [values(5, 3), indices(1, 4, 1, 0)],
      outputs: [[4, 3]],
      flops: noFlops,
      formula: (table, rows) => [formula.build([4, 3], ([i, j]) => formula.at(table, 3 * formula.at(rows, i) + j))],
    },
  ],
  oneHot: [
    {
      label: 'first and last',
      attributes: { depth: 3 },
      inputs: [indices(2, 0)],
      outputs: [[2, 3]],
      flops: noFlops,
      formula: () => [[0, 0, 1, 1, 0, 0]],
    },
  ],

  linear: [
    {
      label: '½·x·W + b',
      attributes: { alpha: 0.5 },
      inputs: [values(2, 3), values(3, 4), values(4)],
      outputs: [[2, 4]],
      flops: { ...noFlops, matmul: 48, elementwise: 8 },
      formula: formula.affine(2, 3, 4, 0.5),
    },
  ],
  scatterAdd: [
    {
      label: 'rows, one of them twice, two of them never',
      attributes: { rows: 5 },
      inputs: [values(4, 3), indices(1, 4, 1, 0)],
      outputs: [[5, 3]],
      flops: elementwise(12),
      formula: formula.scatter(5, 3),
    },
  ],
  sumOfSquares: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3)],
      outputs: [[]],
      flops: elementwise(12),
      formula: (x) => [[Math.hypot(...x) ** 2]],
    },
  ],
  softmax: [
    {
      label: 'rows',
      attributes: { causal: false },
      inputs: [values(2, 3)],
      outputs: [[2, 3]],
      flops: softmax(30),
      formula: formula.softmaxRows(3, () => 3),
    },
    {
      label: 'causal',
      attributes: { causal: true },
      inputs: [values(2, 3, 3)],
      outputs: [[2, 3, 3]],
      flops: softmax(90),
      formula: formula.softmaxRows(3, (row) => (row % 3) + 1),
    },
  ],
  attention: [
    {
      label: 'two sequences of three, two heads of two',
      attributes: { batch: 2, heads: 2, scale: 0.7 },
      inputs: [values(6, 4), values(6, 4), values(6, 4)],
      outputs: [
        [6, 4],
        [2, 2, 3, 3],
      ],
      flops: { matmul: 144 + 144, softmax: 5 * 36, elementwise: 0 },
      formula: formula.attention({ batch: 2, time: 3, heads: 2, size: 2, scale: 0.7 }),
    },
    {
      label: 'the same with a mask in place of causality',
      attributes: { batch: 2, heads: 2, scale: 0.7 },
      inputs: [values(6, 4), values(6, 4), values(6, 4), values(2, 1, 3, 3)],
      outputs: [
        [6, 4],
        [2, 2, 3, 3],
      ],
      flops: { matmul: 144 + 144, softmax: 5 * 36, elementwise: 36 },
      formula: formula.attention({ batch: 2, time: 3, heads: 2, size: 2, scale: 0.7 }),
    },
    {
      label: 'two sequences of three, four heads of two that share two of keys and values',
      attributes: { batch: 2, heads: 4, scale: 0.7 },
      inputs: [values(6, 8), values(6, 4), values(6, 4)],
      outputs: [
        [6, 8],
        [2, 4, 3, 3],
      ],
      flops: { matmul: 288 + 288, softmax: 5 * 72, elementwise: 0 },
      formula: formula.ofGroups({ batch: 2, time: 3, heads: 4, size: 2, scale: 0.7 }, 2, formula.attention),
    },
    {
      label: 'four heads that share one, with a mask',
      attributes: { batch: 2, heads: 4, scale: 0.7 },
      inputs: [values(6, 8), values(6, 2), values(6, 2), values(2, 1, 3, 3)],
      outputs: [
        [6, 8],
        [2, 4, 3, 3],
      ],
      flops: { matmul: 288 + 288, softmax: 5 * 72, elementwise: 72 },
      formula: formula.ofGroups({ batch: 2, time: 3, heads: 4, size: 2, scale: 0.7 }, 1, formula.attention),
    },
  ],
  flashAttention: [
    {
      label: 'four heads of two over two of keys and values',
      attributes: { batch: 2, heads: 4, scale: 0.7 },
      inputs: [values(6, 8), values(6, 4), values(6, 4)],
      outputs: [
        [6, 8],
        [2, 4, 3],
      ],
      flops: { matmul: 288 + 288, softmax: 5 * 72, elementwise: 0 },
      formula: formula.ofGroups({ batch: 2, time: 3, heads: 4, size: 2, scale: 0.7 }, 2, formula.flashAttention),
    },
    {
      label: 'two sequences of three, two heads of two',
      attributes: { batch: 2, heads: 2, scale: 0.7 },
      inputs: [values(6, 4), values(6, 4), values(6, 4)],
      outputs: [
        [6, 4],
        [2, 2, 3],
      ],
      flops: { matmul: 144 + 144, softmax: 5 * 36, elementwise: 0 },
      formula: formula.flashAttention({ batch: 2, time: 3, heads: 2, size: 2, scale: 0.7 }),
    },
  ],
  flashAttentionGradient: [
    {
      label: 'four heads of two over two of keys and values',
      attributes: { batch: 2, heads: 4, scale: 0.7 },
      inputs: [
        small(6, 8),
        small(6, 4),
        small(6, 4),
        ...[0, 1].map((which) => ({
          shape: which === 0 ? [6, 8] : [2, 4, 3],
          of: (before: readonly formula.Numbers[]) =>
            formula.ofGroups({ batch: 2, time: 3, heads: 4, size: 2, scale: 0.7 }, 2, formula.flashAttention)(...before.slice(0, 3))[
              which
            ] ?? [],
        })),
        small(6, 8),
      ],
      outputs: [
        [6, 8],
        [6, 4],
        [6, 4],
      ],
      flops: { matmul: 5 * 288, softmax: 5 * 72, elementwise: 2 * 48 + 2 * 72 },
      formula: formula.gradientOfGroups({ batch: 2, time: 3, heads: 4, size: 2, scale: 0.7 }, 2),
    },
    {
      label: 'two sequences of three, two heads of two',
      attributes: { batch: 2, heads: 2, scale: 0.7 },
      inputs: [
        values(6, 4),
        values(6, 4),
        values(6, 4),
        ...[0, 1].map((which) => ({
          shape: which === 0 ? [6, 4] : [2, 2, 3],
          of: (before: readonly formula.Numbers[]) =>
            formula.flashAttention({ batch: 2, time: 3, heads: 2, size: 2, scale: 0.7 })(...before.slice(0, 3))[which] ?? [],
        })),
        values(6, 4),
      ],
      outputs: [
        [6, 4],
        [6, 4],
        [6, 4],
      ],
      flops: { matmul: 5 * 144, softmax: 5 * 36, elementwise: 2 * 24 + 2 * 36 },
      formula: formula.flashAttentionGradient({ batch: 2, time: 3, heads: 2, size: 2, scale: 0.7 }),
    },
  ],
  normalize: [
    {
      label: '[2, 4]',
      attributes: { epsilon: 0.01 },
      inputs: [values(2, 4)],
      outputs: [
        [2, 4],
        [2, 1],
      ],
      flops: elementwise(56),
      formula: formula.normalize(4, 0.01),
    },
  ],
  rmsNormalize: [
    {
      label: '[2, 4]',
      attributes: { epsilon: 0.01 },
      inputs: [values(2, 4)],
      outputs: [
        [2, 4],
        [2, 1],
      ],
      flops: elementwise(24),
      formula: formula.rmsNormalize(4, 0.01),
    },
  ],
  rotary: [
    {
      label: 'two sequences of three, two heads of four',
      attributes: {},
      inputs: [values(6, 8), values(3, 1, 4)],
      outputs: [[6, 8]],
      flops: elementwise(144),
      formula: formula.rotary({ time: 3, batch: 2, heads: 2, size: 4 }, 1),
    },
    {
      label: 'the same with positions of their own in each sequence',
      attributes: {},
      inputs: [values(6, 8), values(3, 2, 4)],
      outputs: [[6, 8]],
      flops: elementwise(144),
      formula: formula.rotary({ time: 3, batch: 2, heads: 2, size: 4 }, 2),
    },
  ],
  gelu: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3)],
      outputs: [[2, 3]],
      flops: elementwise(36),
      formula: formula.each((x) => x * formula.normalDistribution(x)),
    },
  ],
  geluDerivative: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3)],
      outputs: [[2, 3]],
      flops: elementwise(60),
      formula: formula.each((x) => formula.normalDistribution(x) + x * formula.normalDensity(x)),
    },
  ],
  scaledGelu: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3)],
      outputs: [
        [2, 3],
        [2, 3],
      ],
      flops: elementwise(24),
      formula: formula.both(
        formula.each((x) => x * formula.normalDistribution(Math.SQRT2 * x)),
        formula.each((x) => formula.normalDistribution(Math.SQRT2 * x)),
      ),
    },
  ],
  scaledGeluDerivative: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3), values(2, 3)],
      outputs: [[2, 3]],
      flops: elementwise(36),
      formula: formula.pairs((x, y) => y + Math.SQRT2 * x * formula.normalDensity(Math.SQRT2 * x), 3, [3, 1], [3, 1]),
    },
  ],
  tanhGelu: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3)],
      outputs: [[2, 3]],
      flops: elementwise(54),
      formula: formula.each(formula.tanhGelu),
    },
  ],
  tanhGeluDerivative: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3)],
      outputs: [[2, 3]],
      flops: elementwise(108),
      formula: formula.each(formula.tanhGeluSlope),
    },
  ],
  silu: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3)],
      outputs: [[2, 3]],
      flops: elementwise(30),
      formula: formula.each((x) => x * formula.logistic(x)),
    },
  ],
  siluDerivative: [
    {
      label: '[2, 3]',
      attributes: {},
      inputs: [values(2, 3)],
      outputs: [[2, 3]],
      flops: elementwise(60),
      formula: formula.each((x) => formula.logistic(x) * (1 + x * formula.logistic(-x))),
    },
  ],
  crossEntropy: [
    {
      label: 'three tokens of five',
      attributes: {},
      inputs: [values(3, 5), indices(4, 0, 4)],
      outputs: [[], [3, 5]],
      flops: softmax(90),
      formula: formula.crossEntropy(5),
    },
  ],
  linearCrossEntropy: [
    {
      label: 'five tokens of four, two at a time, with gradients',
      attributes: { rows: 2, gradients: true },
      inputs: [values(5, 2), values(4, 2), indices(3, 0, 3, 1, 3)],
      outputs: [[], [5, 2], [4, 2]],
      flops: { matmul: 3 * 80, softmax: 120, elementwise: 20 + 3 * 8 + 20 },
      formula: formula.linearCrossEntropy(2, 4),
    },
    {
      label: 'six tokens of four, two at a time, with gradients',
      attributes: { rows: 2, gradients: true },
      inputs: [values(6, 2), values(4, 2), indices(3, 0, 3, 1, 3, 2)],
      outputs: [[], [6, 2], [4, 2]],
      flops: { matmul: 3 * 96, softmax: 144, elementwise: 24 + 3 * 8 + 24 },
      formula: formula.linearCrossEntropy(2, 4),
    },
    {
      label: 'three tokens of four in a chunk that has room for eight',
      attributes: { rows: 8, gradients: false },
      inputs: [values(3, 2), values(4, 2), indices(3, 0, 3)],
      outputs: [[]],
      flops: { matmul: 48, softmax: 72, elementwise: 0 },
      formula: (...given) =>
        formula
          .linearCrossEntropy(
            2,
            4,
          )(...given)
          .slice(0, 1),
    },
  ],
  allReduce: [
    {
      label: 'a matrix, a vector and a number, on one rank',
      attributes: { ranks: 1 },
      inputs: [values(2, 3), values(4), values()],
      outputs: [[2, 3], [4], []],
      flops: noFlops,
      formula: (...given) => given,
    },
  ],
};

export interface NamedCase extends Case {
  readonly name: OperationName;
  readonly title: string;
  readonly attributes: object;
}

export const allCases: readonly NamedCase[] = operationNames.flatMap((name) =>
  operationCases[name].map((given) => ({ ...given, name, title: `${name}, ${given.label}` })),
);

export const typeOfInput = (input: CaseInput): TensorType =>
  'indices' in input ? { dtype: 'i32', shape: [input.indices.length] } : { dtype: 'f32', shape: input.shape };

/** Values of the case's inputs: always the same, and exact in f32. */
export const valuesOfInputs = ({ title, inputs }: NamedCase): readonly Float64Array[] => {
  const all: Float64Array[] = [];
  for (const [index, input] of inputs.entries()) {
    const draws = stream(1, title, index);
    if ('indices' in input) all.push(Float64Array.from(input.indices));
    else if ('of' in input) all.push(Float64Array.from(input.of(all), Math.fround));
    else
      all.push(
        Float64Array.from({ length: sizeOf(input.shape) }, () => Math.fround(input.low + (input.high - input.low) * draws.uniform())),
      );
  }
  return all;
};

/** A program of that one operation, all of whose outputs are returned. */
export const programOfCase = ({ name, attributes, inputs, title }: NamedCase): Program => {
  const trace = new Tracer(title);
  const traced = inputs.map((input, index) => trace.input(`x${index}`, 'batch', typeOfInput(input)));
  return trace.finish(trace.apply(name, traced, attributes as never).map((tensor, index) => ({ name: `y${index}`, tensor })));
};
