/**
 * The ONNX nodes of each operation: one entry per operation. An operation that is not in the table is decomposed before it gets here. Not here: the
 * whole program (`lower.ts`), building and encoding the graph (`src/onnx/graph.ts`), running it (`sessions.ts`).
 */
import { elementary, matrixProduct } from '../../src/onnx/elementary.js';
import type { OnnxGraph } from '../../src/onnx/graph.js';
import type { Lower, Lowering, LoweringTable, Transposed } from '../../src/onnx/lower-one.js';
import type { OperationName } from '../../src/program/operations/index.js';
import { rotaryValues } from '../../src/program/operations/rotary.js';
import { type Shape, sameShape, sizeOf } from '../../src/program/program.js';
import { linearCrossEntropy } from './head.js';
import { scatterRows } from './scatter-rows.js';
import { after, hiddenShape } from './shape-after.js';

export const reduction =
  (opType: string): Lower<'sum' | 'max'> =>
  ({ graph, inputs, outputs, node: { attributes } }) =>
    graph.node(opType, [...inputs, graph.integers(attributes.axes)], outputs, { keepdims: 1 });

/** 0 where the column is at most the row, else −1e9. */
const maskValues = (size: number): Float32Array =>
  Float32Array.from({ length: size * size }, (_, index) => (index % size > Math.floor(index / size) ? -1e9 : 0));

export const causalMask = (graph: OnnxGraph, size: number): string =>
  graph.initializer(`causal mask ${size}`, 'f32', [size, size], () => maskValues(size));

const ones = (graph: OnnxGraph, shape: Shape): string =>
  graph.initializer(`ones ${shape}`, 'f32', shape, () => new Float32Array(sizeOf(shape)).fill(1));

/**
 * How FusedMatMul reads an operand. One that was transposed from [rows, …batch, columns] to […batch, rows, columns] or […batch, columns, rows] is
 * read in place.
 */
const factorOf = (name: string, transpose: boolean, transposed: Transposed | undefined) => {
  const { from = name, permutation = [] } = transposed ?? {};
  const firstToBatch = permutation.slice(0, -2).every((axis, place) => axis === place + 1);
  const [last, lastButOne] = [permutation.at(-1), permutation.at(-2)];
  const isOfRows = permutation.length > 2 && firstToBatch && (last === 0 || lastButOne === 0);
  return isOfRows
    ? { name: from, firstIsRows: 1, transpose: Number(transpose !== (last === 0)) }
    : { name, firstIsRows: 0, transpose: Number(transpose) };
};

/** Smaller matrices are arranged in no time. */
const SMALLEST_TRANSPOSED = 1 << 16;

/**
 * aᵀ·b as a gradient of weights has it: Gemm would arrange a for each 128 columns of b, so that it is transposed beforehand, once for all products that
 * read it, where there are at least as many columns as rows. The sums are the same to the bit.
 */
const productOfTwo = (lowering: Lowering<'matmul'>): void => {
  const { graph, inputs, node, inputTypes, outputTypes } = lowering;
  const { transposeA, transposeB } = node.attributes;
  const [a = '', b = ''] = inputs;
  const [rows = 0, columns = 0] = outputTypes[0]?.shape ?? [];
  if (!transposeA || transposeB || columns < rows || sizeOf(inputTypes[0]?.shape ?? []) < SMALLEST_TRANSPOSED) {
    matrixProduct(lowering);
    return;
  }
  const transposed = graph.once(`transposed ${a}`, () => graph.value('Transpose', [a], { perm: [1, 0] }));
  matrixProduct({ ...lowering, inputs: [transposed, b], node: { ...node, attributes: { ...node.attributes, transposeA: false } } });
};

/** −mean of each row's log probability in its column. */
export const meanLoss = (graph: OnnxGraph, logProbabilities: string, columns: string, loss: string): void => {
  const chosen = graph.value('GatherElements', [logProbabilities, columns], { axis: 1 });
  graph.node('Neg', [graph.value('ReduceMean', [chosen], { keepdims: 0 })], [loss]);
};

export const lowerings = {
  causalMask: ({ graph, outputs, node: { attributes } }: Lowering<'causalMask'>) =>
    graph.node('Identity', [causalMask(graph, attributes.size)], outputs),

  rotaryTable: ({ graph, outputs, node: { attributes }, outputTypes: [type] }: Lowering<'rotaryTable'>) => {
    const { positions, size, theta } = attributes;
    const name = `rotary table ${positions} ${size} ${theta}`;
    const table = graph.initializer(name, 'f32', type?.shape ?? [], () => Float32Array.from(rotaryValues(attributes)));
    graph.node('Identity', [table], outputs);
  },

  ...elementary,

  // Scattered rows are added directly to the other summand: no zeros, and no pass over all rows.
  add: (lowering: Lowering<'add'>) => {
    const { graph, inputs, outputs, scattered, inputTypes, outputTypes } = lowering;
    const [place, rows] = [...scattered.entries()].find(([, rows]) => rows !== undefined) ?? [];
    const shape = outputTypes[0]?.shape ?? [];
    const isWhole = inputTypes.every((type) => sameShape(type.shape, shape));
    if (place === undefined || rows === undefined || !isWhole) return elementary.add(lowering);
    scatterRows(graph, { ...rows, shape, onto: inputs[1 - place] }, outputs[0] ?? '');
  },

  reshape: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'reshape'>) =>
    graph.node('Reshape', [...inputs, hiddenShape(graph, attributes.shape)], outputs),
  broadcast: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'broadcast'>) =>
    graph.node('Expand', [...inputs, graph.integers(attributes.shape)], outputs),
  barrier: ({ graph, inputs: [x = '', ...others], outputs: [output], inputTypes: [type] }: Lowering<'barrier'>) => {
    after(graph, x, type?.shape ?? [], others, output);
  },
  concat: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'concat'>) =>
    graph.node('Concat', inputs, outputs, { axis: attributes.axis }),
  split: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'split'>) =>
    graph.node('Split', [...inputs, graph.integers(attributes.sizes)], outputs, { axis: attributes.axis }),

  // A sum over the rows of a matrix is a product with ones, for which ReduceSum needs 1.5 to 2 times as long; `flops` counts it as additions.
  sum: (lowering: Lowering<'sum'>) => {
    const { graph, inputs, outputs, node, inputTypes } = lowering;
    const { shape: [rows = 0, ...others] = [] } = inputTypes[0] ?? {};
    const isOverRows = others.length === 1 && node.attributes.axes.length === 1 && node.attributes.axes[0] === 0;
    if (!isOverRows) return reduction('ReduceSum')(lowering);
    graph.node('Gemm', [ones(graph, [1, rows]), ...inputs], outputs);
  },
  max: reduction('ReduceMax'),
  sumOfSquares: ({ graph, inputs, outputs }: Lowering<'sumOfSquares'>) => graph.node('ReduceSumSquare', inputs, outputs, { keepdims: 0 }),

  // Both support transposes and a factor; Gemm is faster for two matrices, FusedMatMul supports batches.
  matmul: (lowering: Lowering<'matmul'>) => {
    const { graph, inputs, outputs, transposed, node, outputTypes } = lowering;
    if (outputTypes[0]?.shape.length === 2) {
      productOfTwo(lowering);
      return;
    }
    const { transposeA, transposeB, alpha } = node.attributes;
    const a = factorOf(inputs[0] ?? '', transposeA, transposed[0]);
    const b = factorOf(inputs[1] ?? '', transposeB, transposed[1]);
    const transposes = { transA: a.transpose, transB: b.transpose, transBatchA: a.firstIsRows, transBatchB: b.firstIsRows };
    graph.node('FusedMatMul', [a.name, b.name], outputs, { ...transposes, alpha: { float: alpha } }, 'com.microsoft');
  },

  scatterAdd: ({
    graph,
    inputs: [updates = '', indices = ''],
    outputs,
    outputTypes: [type],
    inputTypes: [updatesType],
  }: Lowering<'scatterAdd'>) => {
    const [n = 0] = updatesType?.shape ?? [];
    scatterRows(graph, { updates, indices, n, shape: type?.shape ?? [] }, outputs[0] ?? '');
  },
  oneHot: ({ graph, inputs: [indices = ''], outputs, node: { attributes } }: Lowering<'oneHot'>) => {
    const depth = graph.initializer(`depth ${attributes.depth}`, 'i32', [], () => [attributes.depth]);
    const offOn = graph.initializer('off on', 'f32', [2], () => [0, 1]);
    graph.node('OneHot', [indices, depth, offOn], outputs, { axis: -1 });
  },

  softmax: ({ graph, inputs: [x = ''], outputs, node: { attributes }, inputTypes: [type] }: Lowering<'softmax'>) => {
    const masked = attributes.causal ? graph.value('Add', [x, causalMask(graph, type?.shape.at(-1) ?? 0)]) : x;
    graph.node('Softmax', [masked], outputs, { axis: -1 });
  },
  normalize: ({
    graph,
    inputs: [x = ''],
    outputs: [y = '', inverse = ''],
    node: { attributes },
    outputTypes: [type],
  }: Lowering<'normalize'>) => {
    graph.node('LayerNormalization', [x, ones(graph, [type?.shape.at(-1) ?? 0])], [y, '', inverse], {
      axis: -1,
      epsilon: { float: attributes.epsilon },
    });
  },
  // HardSigmoid(½, ½) of erf(x) ∈ [−1, 1] is ½·erf(x) + ½ in one pass.
  scaledGelu: ({ graph, inputs: [x = ''], outputs: [y = '', distribution = ''] }: Lowering<'scaledGelu'>) => {
    graph.node('HardSigmoid', [graph.value('Erf', [x])], [distribution], { alpha: { float: 0.5 }, beta: { float: 0.5 } });
    graph.node('Mul', [x, distribution], [y]);
  },
  // exp(−x²)/√π = exp(−½·ln π − x²)
  scaledGeluDerivative: ({ graph, inputs: [x = '', distribution = ''], outputs }: Lowering<'scaledGeluDerivative'>) => {
    const exponent = graph.value('Sub', [graph.scalar(-0.5 * Math.log(Math.PI)), graph.value('Mul', [x, x])]);
    graph.node('Add', [distribution, graph.value('Mul', [x, graph.value('Exp', [exponent])])], outputs);
  },
  crossEntropy: ({
    graph,
    inputs: [logits = '', targets = ''],
    outputs: [loss = '', logProbabilities = ''],
    inputTypes: [type],
  }: Lowering<'crossEntropy'>) => {
    const [n = 1] = type?.shape ?? [];
    graph.node('LogSoftmax', [logits], [logProbabilities], { axis: -1 });
    const columns = graph.value('Reshape', [graph.value('Cast', [targets], { to: 7 }), graph.integers([n, 1])]);
    meanLoss(graph, logProbabilities, columns, loss);
  },
  linearCrossEntropy,
} as const satisfies LoweringTable;

/** `constant` is not a node in ONNX: it becomes an initializer where it is read. */
export const operationsOf = (table: LoweringTable): ReadonlySet<OperationName> =>
  new Set<OperationName>(['constant', ...(Object.keys(table) as OperationName[])]);

/** What the CPU provider's own operations hide: the largest of 0, NaN, 5, 3, 1, 8, 6, 4, 2 is 6 for it. */
export const CPU_HIDES: ReadonlySet<OperationName> = new Set(['max']);

/** What the CPU provider lowers. */
export const supported = operationsOf(lowerings);
