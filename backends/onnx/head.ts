/**
 * `linearCrossEntropy` as a Scan over chunks of tokens: its body is the graph of one chunk, so that a chunk's logits are freed before the next one's
 * are made. Unrolled in the graph, all chunks' probabilities would be alive at once: ONNX Runtime runs a graph in an order of its own.
 */
import { OnnxGraph } from '../../src/onnx/graph.js';
import type { Lowering } from '../../src/onnx/lower-one.js';
import type { Shape } from '../../src/program/program.js';
import { scatterRows } from './scatter-rows.js';

interface Names {
  readonly hidden: string;
  readonly targets: string;
  /** The loss so far, a sum, []; and with gradients the head's, [vocabulary, width]. */
  readonly sums: readonly string[];
}

interface Chunk {
  readonly head: string;
  readonly rows: number;
  /** Tokens of all chunks together: gradients are those of the mean. */
  readonly tokens: number;
  readonly gradients: boolean;
}

/** One chunk: the sums with its own added, and with gradients that of its hidden states less their targets' part. */
const lowerChunk = (
  graph: OnnxGraph,
  { head, rows, tokens, gradients }: Chunk,
  { hidden, targets, sums: [loss = '', sum = ''] }: Names,
) => {
  const logProbabilities = graph.value('LogSoftmax', [graph.value('Gemm', [hidden, head], { transB: 1 })], { axis: -1 });
  const columns = graph.value('Reshape', [targets, graph.integers([rows, 1])]);
  const chosen = graph.value('GatherElements', [logProbabilities, columns], { axis: 1 });
  const sums = [graph.value('Sub', [loss, graph.value('ReduceSum', [chosen], { keepdims: 0 })])];
  if (!gradients) return { sums, own: [] };
  const probabilities = graph.value('Exp', [logProbabilities]);
  const alpha = { float: 1 / tokens };
  return {
    sums: [...sums, graph.value('Gemm', [probabilities, hidden, sum], { transA: 1, alpha })],
    own: [graph.value('Gemm', [probabilities, head], { alpha })],
  };
};

/** The graph of a Scan's round, in which a chunk has `rows` tokens. */
const bodyOf = (chunk: Chunk, vocabulary: number, width: number): OnnxGraph => {
  const graph = new OnnxGraph('chunk ');
  const names = { hidden: 'chunk hidden', targets: 'chunk targets', sums: ['chunk loss', 'chunk sum'] };
  const shapes: readonly Shape[] = [[], [vocabulary, width]];
  const kept = chunk.gradients ? names.sums : names.sums.slice(0, 1);
  kept.forEach((name, index) => {
    graph.input(name, 'f32', shapes[index]);
  });
  graph.input(names.hidden, 'f32', [chunk.rows, width]);
  graph.input(names.targets, 'i32', [chunk.rows]);
  const { sums, own } = lowerChunk(graph, chunk, names);
  sums.forEach((name, index) => {
    graph.output(name, 'f32', shapes[index]);
  });
  for (const name of own) graph.output(name, 'f32', [chunk.rows, width]);
  return graph;
};

export const linearCrossEntropy = ({
  graph,
  inputs: [hidden = '', head = '', targets = ''],
  outputs: [loss = '', ofHidden = '', ofHead = ''],
  inputTypes: [hiddenType, headType],
  node: {
    attributes: { rows, gradients },
  },
}: Lowering<'linearCrossEntropy'>): void => {
  const [tokens = 0, width = 0] = hiddenType?.shape ?? [];
  const [vocabulary = 0] = headType?.shape ?? [];
  const whole = Math.floor(tokens / rows);
  const rest = tokens % rows;
  const chunk = { head, rows, tokens, gradients };

  // What targets add to the gradients, −1/n of the rows at which they point, is where the sums begin.
  const share = graph.scalar(-1 / tokens);
  const begun = (): string => {
    const sum = graph.fresh();
    const updates = graph.value('Mul', [hidden, share]);
    scatterRows(graph, { updates, indices: targets, n: tokens, shape: [vocabulary, width] }, sum);
    return sum;
  };
  const begin = gradients ? [graph.scalar(0), begun()] : [graph.scalar(0)];

  const pieces = (name: string): readonly string[] => {
    if (rest === 0 || whole === 0) return [name];
    const parts = [graph.fresh(), graph.fresh()];
    graph.node('Split', [name, graph.integers([whole * rows, rest])], parts, { axis: 0 });
    return parts;
  };
  const [hiddens, wanted] = [pieces(hidden), pieces(targets)];

  const scanned = (): { readonly sums: readonly string[]; readonly own: readonly string[] } => {
    // Where nothing follows, the head's gradient is where it is wanted: it is as large as the head.
    const sums = begin.map((_, index) => (index === 1 && rest === 0 ? ofHead : graph.fresh()));
    const own = gradients ? [graph.fresh()] : [];
    const rounds = [
      graph.value('Reshape', [hiddens[0] ?? '', graph.integers([whole, rows, width])]),
      graph.value('Reshape', [wanted[0] ?? '', graph.integers([whole, rows])]),
    ];
    const attributes = { body: { graph: bodyOf(chunk, vocabulary, width) }, num_scan_inputs: rounds.length };
    graph.node('Scan', [...begin, ...rounds], [...sums, ...own], attributes);
    return { sums, own: own.map((name) => graph.value('Reshape', [name, graph.integers([whole * rows, width])])) };
  };
  const first = whole === 0 ? { sums: begin, own: [] } : scanned();
  const last =
    rest === 0
      ? { sums: first.sums, own: [] }
      : lowerChunk(graph, { ...chunk, rows: rest }, { hidden: hiddens.at(-1) ?? '', targets: wanted.at(-1) ?? '', sums: first.sums });

  graph.node('Mul', [last.sums[0] ?? '', graph.scalar(1 / tokens)], [loss]);
  if (!gradients) return;
  if (last.sums[1] !== ofHead) graph.node('Identity', [last.sums[1] ?? ''], [ofHead]);
  const own = [...first.own, ...last.own];
  const joined = own.length === 1 ? (own[0] ?? '') : graph.value('Concat', own, { axis: 0 });
  graph.node('Add', [joined, graph.value('Mul', [graph.value('Gather', [head, targets], { axis: 0 }), share])], [ofHidden]);
};
