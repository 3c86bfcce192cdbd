/**
 * −log p of each row's target, where the rows are probabilities that a head gave. Not here: the probabilities (`head.ts`).
 *
 * A probability that is too small for a float is found from the largest of its row: log p = log max p + logit of the target − largest logit. That takes
 * passes over all probabilities, so it is in a branch of its own.
 */
import { OnnxGraph } from '../../src/onnx/graph.js';

export interface Rows {
  /** [rows, width] */
  readonly hidden: string;
  /** [vocabulary, width] */
  readonly head: string;
  /** i32 [rows] */
  readonly targets: string;
  readonly rows: number;
  /** softmax(hidden · headᵀ), [rows, vocabulary] */
  readonly probabilities: string;
}

/** Far above the smallest normal number, 2⁻¹²⁶, which the exponential of a logit less the largest one must not fall below to be exact. */
const SMALLEST = 2 ** -100;

/** Where a logit is not finite, no probability is. */
const fromOwn = (branch: OnnxGraph, own: string): string => branch.value('Neg', [branch.value('Log', [own])]);

const fromLargest = (branch: OnnxGraph, { hidden, head, targets, probabilities }: Rows): string => {
  const columns = branch.integers([1]);
  const perRow = (opType: string, x: string): string => branch.value(opType, [x, columns], { keepdims: 1 });
  const logitIn = (column: string): string =>
    perRow('ReduceSum', branch.value('Mul', [hidden, branch.value('Gather', [head, column], { axis: 0 })]));
  const largest = logitIn(branch.value('ArgMax', [probabilities], { axis: 1, keepdims: 0 }));
  const logOfSum = branch.value('Sub', [largest, branch.value('Log', [perRow('ReduceMax', probabilities)])]);
  return branch.value('Sub', [logOfSum, logitIn(targets)]);
};

/** @returns the losses, [rows, 1] */
export const lossesOfRows = (graph: OnnxGraph, of: Rows): string => {
  const { probabilities, targets, rows } = of;
  const own = graph.value('GatherElements', [probabilities, graph.value('Reshape', [targets, graph.integers([rows, 1])])], { axis: 1 });
  const isTooSmall = graph.value('Less', [graph.value('ReduceMin', [own], { keepdims: 0 }), graph.scalar(SMALLEST)]);
  const branch = (write: (branch: OnnxGraph) => string): { readonly graph: OnnxGraph } => {
    const written = new OnnxGraph(`${graph.fresh()} `);
    written.output(write(written), 'f32', [rows, 1]);
    return { graph: written };
  };
  return graph.value('If', [isTooSmall], {
    then_branch: branch((then) => fromLargest(then, of)),
    else_branch: branch((otherwise) => fromOwn(otherwise, own)),
  });
};
