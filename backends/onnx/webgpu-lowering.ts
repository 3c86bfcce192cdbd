/**
 * The nodes of operations for ONNX Runtime's WebGPU provider: as for the CPU, but only nodes that the provider has, so that nothing is computed on
 * the CPU and copied there and back (a session with such a node is refused: `webgpu.ts`). Not here: the CPU's table.
 */
import type { OnnxGraph } from '../../src/onnx/graph.js';
import type { Lowering, LoweringTable } from '../../src/onnx/lower-one.js';
import type { Shape } from '../../src/program/program.js';
import { causalMask, lowerings, meanLoss, reduction } from './lowering.js';

const FLOAT = 1;

/** With the last two axes exchanged. */
const swapped = (graph: OnnxGraph, x: string, shape: Shape): string => {
  const axes = shape.map((_, axis) => axis);
  return graph.value('Transpose', [x], { perm: [...axes.slice(0, -2), shape.length - 1, shape.length - 2] });
};

/** A WebGPU device binds at least 8 buffers in one shader (browsers give 8 to 10): one whole, and this many pieces. */
const MOST_PIECES = 7;

/** At most this many parts of it, of equal length except the last. */
const stretches = <A>(all: readonly A[]): readonly (readonly A[])[] => {
  const length = Math.ceil(all.length / MOST_PIECES);
  return Array.from({ length: Math.ceil(all.length / length) }, (_, index) => all.slice(index * length, (index + 1) * length));
};

/** The concatenated pieces, as at most this many values. */
const joined = (graph: OnnxGraph, pieces: readonly string[], axis: number): readonly string[] =>
  pieces.length <= MOST_PIECES
    ? pieces
    : stretches(pieces).map((stretch) => {
        const [piece = ''] = stretch;
        return stretch.length === 1 ? piece : graph.value('Concat', joined(graph, stretch, axis), { axis });
      });

interface Piece {
  readonly name: string;
  readonly size: number;
}

const splitInto = (graph: OnnxGraph, whole: string, pieces: readonly Piece[], axis: number): void => {
  const parts = (pieces.length <= MOST_PIECES ? pieces.map((piece) => [piece]) : stretches(pieces)).map((stretch) => {
    const [piece] = stretch;
    const size = stretch.reduce((sum, next) => sum + next.size, 0);
    return { stretch, size, name: stretch.length === 1 && piece !== undefined ? piece.name : graph.fresh() };
  });
  const sizes = graph.integers(parts.map(({ size }) => size));
  graph.node(
    'Split',
    [whole, sizes],
    parts.map(({ name }) => name),
    { axis },
  );
  for (const { stretch, name } of parts) if (stretch.length > 1) splitInto(graph, name, stretch, axis);
};

// ScatterND adds with atomics, in any order of the threads: the same step would not give the same bits twice. So it is decomposed.
const { scatterAdd: _scatterAdd, linearCrossEntropy: _linearCrossEntropy, ...shared } = lowerings;

export const webgpuLowerings: LoweringTable = {
  ...shared,

  // Gemm also transposes and scales; for a batch there is only the plain product.
  matmul: ({ graph, inputs: [a = '', b = ''], outputs, inputTypes: [typeA, typeB], node: { attributes } }: Lowering<'matmul'>) => {
    const { transposeA, transposeB, alpha } = attributes;
    const [shapeA, shapeB] = [typeA?.shape ?? [], typeB?.shape ?? []];
    if (shapeA.length === 2) {
      graph.node('Gemm', [a, b], outputs, { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } });
      return;
    }
    const factors = [transposeA ? swapped(graph, a, shapeA) : a, transposeB ? swapped(graph, b, shapeB) : b];
    if (alpha === 1) graph.node('MatMul', factors, outputs);
    else graph.node('Mul', [graph.value('MatMul', factors), graph.scalar(alpha)], outputs);
  },

  sum: reduction('ReduceSum'),

  concat: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'concat'>) =>
    graph.node('Concat', joined(graph, inputs, attributes.axis), outputs, { axis: attributes.axis }),

  split: ({ graph, inputs: [whole = ''], outputs, node: { attributes } }: Lowering<'split'>) => {
    const pieces = outputs.map((name, index) => ({ name, size: attributes.sizes[index] ?? 0 }));
    splitInto(graph, whole, pieces, attributes.axis);
  },

  oneHot: ({ graph, inputs: [indices = ''], outputs, inputTypes: [type], node: { attributes } }: Lowering<'oneHot'>) => {
    const { depth } = attributes;
    const columns = graph.initializer(`columns ${depth}`, 'i32', [1, depth], () => Array.from({ length: depth }, (_, column) => column));
    const rows = graph.value('Reshape', [indices, graph.integers([type?.shape[0] ?? 1, 1])]);
    graph.node('Cast', [graph.value('Equal', [rows, columns])], outputs, { to: FLOAT });
  },

  // Its Softmax silently returns zeros for a row that contains a NaN or +∞. So the row's sum times 0, which is 0 or NaN, is added.
  softmax: ({ graph, inputs: [x = ''], outputs, node: { attributes }, inputTypes: [type] }: Lowering<'softmax'>) => {
    const masked = attributes.causal ? graph.value('Add', [x, causalMask(graph, type?.shape.at(-1) ?? 0)]) : x;
    const sums = graph.value('ReduceSum', [masked, graph.integers([-1])], { keepdims: 1 });
    graph.node('Add', [graph.value('Softmax', [masked], { axis: -1 }), graph.value('Mul', [sums, graph.scalar(0)])], outputs);
  },

  reshape: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'reshape'>) =>
    graph.node('Reshape', [...inputs, graph.integers(attributes.shape)], outputs),

  // A shape that depends on others would be computed on the CPU: so it chooses, everywhere, x and not a number of theirs.
  barrier: ({ graph, inputs: [x = '', ...others], outputs, inputTypes: [type, ...otherTypes] }: Lowering<'barrier'>) => {
    if (others.length === 0 || type?.dtype !== 'f32') {
      graph.node('Identity', [x], outputs);
      return;
    }
    const first = graph.integers([0]);
    const numbers = others.map((other, index) => {
      const number = graph.value('Gather', [graph.value('Reshape', [other, graph.integers([-1])]), first]);
      return otherTypes[index]?.dtype === 'f32' ? number : graph.value('Cast', [number], { to: FLOAT });
    });
    const never = graph.value('Equal', [graph.scalar(0), graph.scalar(1)]);
    const number = numbers.reduce((sum, each) => graph.value('Add', [sum, each]));
    graph.node('Where', [never, number, x], outputs);
  },

  // Its HardSigmoid would run on the CPU.
  scaledGelu: ({ graph, inputs: [x = ''], outputs: [y = '', distribution = ''] }: Lowering<'scaledGelu'>) => {
    const half = graph.scalar(0.5);
    graph.node('Add', [graph.value('Mul', [graph.value('Erf', [x]), half]), half], [distribution]);
    graph.node('Mul', [x, distribution], [y]);
  },

  crossEntropy: ({
    graph,
    inputs: [logits = '', targets = ''],
    outputs: [loss = '', logProbabilities = ''],
    inputTypes: [type],
  }: Lowering<'crossEntropy'>) => {
    const [n = 1] = type?.shape ?? [];
    const last = graph.integers([1]);
    const shifted = graph.value('Sub', [logits, graph.value('ReduceMax', [logits, last], { keepdims: 1 })]);
    const total = graph.value('ReduceSum', [graph.value('Exp', [shifted]), last], { keepdims: 1 });
    graph.node('Sub', [shifted, graph.value('Log', [total])], [logProbabilities]);
    meanLoss(graph, logProbabilities, graph.value('Reshape', [targets, graph.integers([n, 1])]), loss);
  },
};
