/**
 * The tfjs kernels of each operation: one entry per operation, with the kernels that it needs. A tfjs backend that lacks one of them lacks the
 * operation, which is then decomposed before it gets here. Not here: calling kernels (`scope.ts`), running programs (`backend.ts`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NodeOf, OperationName } from '../../src/program/operations/index.js';
import { rotaryValues } from '../../src/program/operations/rotary.js';
import { sizeOf, type TensorType } from '../../src/program/program.js';
import type { Scope } from './scope.js';

export interface Call<Name extends OperationName> {
  readonly scope: Scope;
  readonly node: NodeOf<Name>;
  readonly inputs: readonly TensorInfo[];
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
}

export interface Lowering<Name extends OperationName> {
  readonly kernels: readonly string[];
  /** Outputs in order, each owned by the caller. */
  readonly lower: (call: Call<Name>) => readonly TensorInfo[];
}

const at = (tensors: readonly TensorInfo[], index: number): TensorInfo => {
  const tensor = tensors[index];
  if (tensor === undefined) throw new Error(`operand ${index} is missing`);
  return tensor;
};

const binary = (kernel: string): Lowering<OperationName> => ({
  kernels: [kernel],
  lower: ({ scope, inputs }) => [scope.call(kernel, { a: at(inputs, 0), b: at(inputs, 1) })],
});

const unary = (kernel: string): Lowering<OperationName> => ({
  kernels: [kernel],
  lower: ({ scope, inputs }) => [scope.call(kernel, { x: at(inputs, 0) })],
});

const reshape = (scope: Scope, x: TensorInfo, shape: readonly number[]): TensorInfo => scope.call('Reshape', { x }, { shape: [...shape] });

const sum = (scope: Scope, x: TensorInfo, axes: readonly number[]): TensorInfo =>
  scope.call('Sum', { x }, { axis: [...axes], keepDims: true });

/** With more axes than this, tfjs's WebGPU kernel moves the values to the CPU: then the axes are repeated one after the other. */
const TILE_RANK = 4;

/** Up to this many values are summed by one reduction. */
const ONE_PASS = 2 ** 16;

/** Σ over all elements as a scalar. One workgroup, or one running sum, over millions of values is slow and loses digits: so rows are summed first. */
const sumOfAll = (scope: Scope, x: TensorInfo): TensorInfo => {
  const size = sizeOf(x.shape);
  const width = size <= ONE_PASS ? size : (x.shape.at(-1) ?? 1);
  const rows = sum(scope, reshape(scope, x, [size / width, width]), [1]);
  return reshape(scope, size === width ? rows : sum(scope, rows, [0]), []);
};

/** α·x, on the smaller side of a product. */
const scaled = (scope: Scope, x: TensorInfo, alpha: number): TensorInfo =>
  alpha === 1 ? x : scope.call('Multiply', { a: x, b: scope.scalar(alpha) });

const maskOf = (scope: Scope, size: number): TensorInfo =>
  scope.constant('f32', [size, size], 'causal mask', () =>
    Array.from({ length: size * size }, (_, index) => (index % size > Math.floor(index / size) ? -1e9 : 0)),
  );

export const lowerings = {
  constant: { kernels: [], lower: ({ scope, node: { attributes } }: Call<'constant'>) => [scope.share(scope.scalar(attributes.value))] },
  causalMask: {
    kernels: [],
    lower: ({ scope, node: { attributes } }: Call<'causalMask'>) => [scope.share(maskOf(scope, attributes.size))],
  },
  rotaryTable: {
    kernels: [],
    lower: ({ scope, node: { attributes } }: Call<'rotaryTable'>) => {
      const { positions, size, theta } = attributes;
      return [scope.share(scope.constant('f32', [positions, size], `rotary table of ${theta}`, () => [...rotaryValues(attributes)]))];
    },
  },

  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Multiply'),
  div: binary('RealDiv'),
  minimum: binary('Minimum'),
  neg: unary('Neg'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  erf: unary('Erf'),

  reshape: {
    kernels: ['Reshape'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'reshape'>) => [reshape(scope, at(inputs, 0), attributes.shape)],
  },
  transpose: {
    kernels: ['Transpose'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'transpose'>) => [
      scope.call('Transpose', { x: at(inputs, 0) }, { perm: [...attributes.permutation] }),
    ],
  },
  broadcast: {
    kernels: ['Reshape', 'Tile'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'broadcast'>) => {
      const x = at(inputs, 0);
      const { shape } = attributes;
      const aligned = [...shape.slice(x.shape.length).map(() => 1), ...x.shape];
      if (shape.length <= TILE_RANK) {
        const reps = shape.map((size, axis) => size / (aligned[axis] ?? 1));
        return [scope.call('Tile', { x: reshape(scope, x, aligned) }, { reps })];
      }
      const spread = shape.reduce((tensor, size, axis) => {
        if (size === aligned[axis]) return tensor;
        const [before, after] = [sizeOf(shape.slice(0, axis)), sizeOf(aligned.slice(axis + 1))];
        return scope.call('Tile', { x: reshape(scope, tensor, [before, 1, after]) }, { reps: [1, size, 1] });
      }, x);
      return [reshape(scope, spread, shape)];
    },
  },
  // Nodes run in their order.
  barrier: {
    kernels: ['Reshape'],
    lower: ({ scope, inputs }: Call<'barrier'>) => [reshape(scope, at(inputs, 0), at(inputs, 0).shape)],
  },
  concat: {
    kernels: ['Concat'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'concat'>) => [scope.call('Concat', inputs, { axis: attributes.axis })],
  },
  split: {
    kernels: ['SplitV'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'split'>) =>
      scope.callMany('SplitV', { x: at(inputs, 0) }, { axis: attributes.axis, numOrSizeSplits: [...attributes.sizes] }),
  },

  sum: {
    kernels: ['Sum'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'sum'>) => [sum(scope, at(inputs, 0), attributes.axes)],
  },
  max: {
    kernels: ['Max'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'max'>) => [
      scope.call('Max', { x: at(inputs, 0) }, { reductionIndices: [...attributes.axes], keepDims: true }),
    ],
  },
  sumOfSquares: {
    kernels: ['Multiply', 'Reshape', 'Sum'],
    lower: ({ scope, inputs }: Call<'sumOfSquares'>) => [sumOfAll(scope, scope.call('Multiply', { a: at(inputs, 0), b: at(inputs, 0) }))],
  },

  matmul: {
    kernels: ['BatchMatMul', 'Multiply'],
    lower: ({ scope, inputs, outputTypes: [type], node: { attributes } }: Call<'matmul'>) => {
      const { transposeA, transposeB, alpha } = attributes;
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      const sizes = [sizeOf(a.shape), sizeOf(b.shape), sizeOf(type?.shape ?? [])];
      const smallest = sizes.indexOf(Math.min(...sizes));
      const scaledIf = (place: number, x: TensorInfo): TensorInfo => (place === smallest ? scaled(scope, x, alpha) : x);
      return [scaledIf(2, scope.call('BatchMatMul', { a: scaledIf(0, a), b: scaledIf(1, b) }, { transposeA, transposeB }))];
    },
  },
  linear: {
    kernels: ['_FusedMatMul', 'Multiply'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'linear'>) => {
      const [x, weight] = [at(inputs, 0), at(inputs, 1)];
      const onX = sizeOf(x.shape) <= sizeOf(weight.shape);
      return [
        scope.call(
          '_FusedMatMul',
          {
            a: onX ? scaled(scope, x, attributes.alpha) : x,
            b: onX ? weight : scaled(scope, weight, attributes.alpha),
            bias: at(inputs, 2),
          },
          { transposeA: false, transposeB: false, activation: 'linear', leakyreluAlpha: 0 },
        ),
      ];
    },
  },

  gather: {
    kernels: ['GatherV2'],
    lower: ({ scope, inputs }: Call<'gather'>) => [
      scope.call('GatherV2', { x: at(inputs, 0), indices: at(inputs, 1) }, { axis: 0, batchDims: 0 }),
    ],
  },
  // Equal indices add up. (UnsortedSegmentSum is missing in wasm, and on the CPU it passes over the updates once per row.)
  scatterAdd: {
    kernels: ['Reshape', 'ScatterNd'],
    lower: ({ scope, inputs, outputTypes: [type] }: Call<'scatterAdd'>) => {
      const indices = reshape(scope, at(inputs, 1), [at(inputs, 1).shape[0] ?? 0, 1]);
      return [scope.call('ScatterNd', { indices, updates: at(inputs, 0) }, { shape: [...(type?.shape ?? [])] })];
    },
  },
  oneHot: {
    kernels: ['OneHot'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'oneHot'>) => [
      scope.call('OneHot', { indices: at(inputs, 0) }, { dtype: 'float32', depth: attributes.depth, onValue: 1, offValue: 0 }),
    ],
  },

  softmax: {
    kernels: ['Softmax', 'Add'],
    lower: ({ scope, inputs, node: { attributes } }: Call<'softmax'>) => {
      const x = at(inputs, 0);
      const last = x.shape.length - 1;
      const logits = attributes.causal ? scope.call('Add', { a: x, b: maskOf(scope, x.shape[last] ?? 0) }) : x;
      return [scope.call('Softmax', { logits }, { dim: last })];
    },
  },
  // The targets' log-probabilities are read at targets + row·vocabulary of the flat tensor, which avoids a one-hot matrix as large as the logits.
  crossEntropy: {
    kernels: ['Max', 'Sub', 'Exp', 'Sum', 'Log', 'Add', 'Reshape', 'GatherV2', 'Multiply'],
    lower: ({ scope, inputs }: Call<'crossEntropy'>) => {
      const [logits, targets] = [at(inputs, 0), at(inputs, 1)];
      const [n = 1, vocabulary = 1] = logits.shape;
      const shifted = scope.call('Sub', { a: logits, b: scope.call('Max', { x: logits }, { reductionIndices: [1], keepDims: true }) });
      const total = scope.call('Log', { x: sum(scope, scope.call('Exp', { x: shifted }), [1]) });
      const logProbabilities = scope.call('Sub', { a: shifted, b: total });
      const rows = scope.constant('i32', [n], `rows of ${vocabulary}`, () => Array.from({ length: n }, (_, row) => row * vocabulary));
      const places = scope.call('Add', { a: targets, b: rows });
      const flat = reshape(scope, logProbabilities, [n * vocabulary]);
      const chosen = scope.call('GatherV2', { x: flat, indices: places }, { axis: 0, batchDims: 0 });
      const loss = scope.call('Multiply', { a: sumOfAll(scope, chosen), b: scope.scalar(-1 / n) });
      return [loss, logProbabilities];
    },
  },
} as const satisfies LoweringTable;

/** What a tfjs backend lowers, by operation. */
export type LoweringTable = { readonly [Name in OperationName]?: Lowering<Name> };

/** The entries for which all kernels exist. */
export const lowerableWith = (table: LoweringTable, has: (kernel: string) => boolean): LoweringTable =>
  Object.fromEntries(Object.entries(table).filter(([, { kernels }]) => kernels.every(has)));

export const operationsOf = (table: LoweringTable): ReadonlySet<OperationName> => new Set(Object.keys(table) as OperationName[]);
