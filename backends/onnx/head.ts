/**
 * `linearCrossEntropy` in chunks of tokens. A chunk's logits become its probabilities where they lie; the head's gradient is added up from chunk to
 * chunk.
 *
 * ONNX Runtime runs a graph in an order of its own, and would hold all chunks at once: so a chunk begins with a Reshape to a shape that is computed from
 * what came out of the one before (`shape-after.ts`). A Scan would keep that order too, but holds a sum that goes from round to round four times.
 */
import type { OnnxGraph } from '../../src/onnx/graph.js';
import type { Lowering } from '../../src/onnx/lower-one.js';
import type { Shape } from '../../src/program/program.js';
import { lossesOfRows } from './losses-of-rows.js';
import { scatterRows } from './scatter-rows.js';
import { after } from './shape-after.js';

interface Chunk {
  readonly hidden: string;
  readonly targets: string;
  readonly rows: number;
}

interface Head {
  readonly head: string;
  readonly vocabulary: number;
  readonly width: number;
  /** Tokens of all chunks together: gradients are those of the mean. */
  readonly tokens: number;
  readonly gradients: boolean;
}

interface Computed {
  /** [rows, 1] */
  readonly loss: string;
  /** Of the chunk's hidden states, and of the head so far, transposed, [1, width, vocabulary, 1]; without gradients neither. */
  readonly ofHidden?: string;
  readonly ofHead?: string;
}

const reshaped = (graph: OnnxGraph, x: string, shape: Shape): string => graph.value('Reshape', [x, graph.integers(shape)]);

/**
 * hiddenᵀ · probabilities / tokens, [width, vocabulary], added to the sum so far where that is: a convolution with a kernel of 1 × 1 is that product,
 * and FusedConv's last input is the only sum of a product that ONNX Runtime computes in place. Gemm's third input is copied, by one thread.
 */
const addedProduct = (
  graph: OnnxGraph,
  { tokens, width, vocabulary }: Head,
  { hidden, rows, probabilities }: Pick<Chunk, 'hidden' | 'rows'> & { readonly probabilities: string },
  sum: string | undefined,
): string => {
  const scaled = graph.value('Mul', [graph.value('Transpose', [hidden], { perm: [1, 0] }), graph.scalar(1 / tokens)]);
  const operands = [reshaped(graph, probabilities, [1, rows, vocabulary, 1]), reshaped(graph, scaled, [width, rows, 1, 1])];
  const product = graph.fresh();
  if (sum === undefined) graph.node('Conv', operands, [product]);
  else graph.node('FusedConv', [...operands, '', sum], [product], {}, 'com.microsoft');
  graph.typed(product, 'f32', [1, width, vocabulary, 1]);
  return product;
};

/**
 * probabilities · head / tokens, [rows, width]. ONNX Runtime divides a product among threads by its columns only where it has more of them than rows;
 * otherwise each thread arranges the whole head for itself, for few rows. So a narrow head is read as two of half the width, in a batch, where it lies.
 */
const productWithHead = (
  graph: OnnxGraph,
  { head, tokens, width, vocabulary }: Head,
  { rows, probabilities }: Pick<Chunk, 'rows'> & { readonly probabilities: string },
): string => {
  const alpha = { float: 1 / tokens };
  if (width > rows || width % 2 !== 0) return graph.value('Gemm', [probabilities, head], { alpha });
  const operands = [reshaped(graph, probabilities, [rows, 1, vocabulary]), reshaped(graph, head, [vocabulary, 2, width / 2])];
  const halves = graph.fresh(); // [2, rows, width / 2]
  graph.node('FusedMatMul', operands, [halves], { transBatchA: 1, transBatchB: 1, alpha }, 'com.microsoft');
  return reshaped(graph, graph.value('Transpose', [halves], { perm: [1, 0, 2] }), [rows, width]);
};

const lowerChunk = (graph: OnnxGraph, of: Head, { hidden, targets, rows }: Chunk, sum: string | undefined): Computed => {
  const { head, vocabulary, tokens, gradients } = of;
  const logits = graph.value('Gemm', [hidden, head], { transB: 1 });
  // In the memory of the logits, which nothing else reads. An exponential would need memory of its own.
  const probabilities = graph.value('Softmax', [logits], { axis: -1 });
  for (const each of [logits, probabilities]) graph.typed(each, 'f32', [rows, vocabulary]);
  const loss = lossesOfRows(graph, { hidden, head, targets, rows, probabilities });
  if (!gradients) return { loss };
  const own = productWithHead(graph, of, { rows, probabilities });
  const ofTargets = graph.value('Mul', [graph.value('Gather', [head, targets], { axis: 0 }), graph.scalar(1 / tokens)]);
  const ofHidden = graph.value('Sub', [own, ofTargets]);
  return { loss, ofHidden, ofHead: addedProduct(graph, of, { hidden, rows, probabilities }, sum) };
};

/** The tokens of each chunk, and what they are. */
const chunksOf = (graph: OnnxGraph, hidden: string, targets: string, sizes: readonly number[]): readonly Chunk[] => {
  if (sizes.length === 1) return [{ hidden, targets, rows: sizes[0] ?? 0 }];
  const [hiddens, wanted] = [sizes.map(() => graph.fresh()), sizes.map(() => graph.fresh())];
  graph.node('Split', [hidden, graph.integers(sizes)], hiddens, { axis: 0 });
  graph.node('Split', [targets, graph.integers(sizes)], wanted, { axis: 0 });
  return sizes.map((rows, index) => ({ hidden: hiddens[index] ?? '', targets: wanted[index] ?? '', rows }));
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
  const sizes = Array.from({ length: Math.ceil(tokens / rows) }, (_, chunk) => Math.min(rows, tokens - chunk * rows));
  const done: Computed[] = [];
  let before: readonly string[] = [];
  for (const chunk of chunksOf(graph, hidden, targets, sizes)) {
    const begun = before.length === 0 ? chunk.hidden : after(graph, chunk.hidden, [chunk.rows, width], before);
    const computed = lowerChunk(graph, { head, vocabulary, width, tokens, gradients }, { ...chunk, hidden: begun }, done.at(-1)?.ofHead);
    done.push(computed);
    before = [computed.loss, computed.ofHidden, computed.ofHead].filter((each) => each !== undefined);
  }
  const joined = (names: readonly (string | undefined)[]): string =>
    names.length === 1
      ? (names[0] ?? '')
      : graph.value(
          'Concat',
          names.map((name) => name ?? ''),
          { axis: 0 },
        );
  graph.node('ReduceMean', [joined(done.map(({ loss: own }) => own))], [loss], { keepdims: 0 });
  if (!gradients) return;
  const transposed = after(graph, done.at(-1)?.ofHead ?? '', [width, vocabulary], before);
  const ofProducts = graph.value('Transpose', [transposed], { perm: [1, 0] });
  // Rows are scattered onto it in place only where its shape is known.
  graph.typed(ofProducts, 'f32', [vocabulary, width]);
  // What targets add to the head's gradient: −1/n of the hidden states, in the rows at which they point.
  const updates = graph.value('Mul', [hidden, graph.scalar(-1 / tokens)]);
  scatterRows(graph, { updates, indices: targets, n: tokens, shape: [vocabulary, width], onto: ofProducts }, ofHead);
  // The layers' gradient begins once that of the head is complete: otherwise the last chunk's is left to the end of the step, and its logits stay.
  after(graph, joined(done.map((computed) => computed.ofHidden)), [tokens, width], [ofHead], ofHidden);
};
