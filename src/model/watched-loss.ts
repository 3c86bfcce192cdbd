/**
 * The loss as a run checks it: not finite where any value that it depends on was not. Sums and products propagate NaN and infinity, and so do softmax
 * and the loss itself, on a backend that keeps its contract. One operation of the model hides an infinity by its own arithmetic: where a layer norm's
 * variance overflows, 1/√∞ is 0, and a dead network gives a plausible loss. Not here: the check (`src/runner`).
 */
import type { Node } from '../program/program.js';
import type { Tensor, Tracer } from '../program/tracer.js';
import type { Begun } from './level-trace.js';

/** The multipliers of all normalizations, 1/√(variance + ε), concatenated as [n, count]; undefined where the pass has none. */
const inverses = (trace: Tracer, nodes: readonly Node[]): Tensor | undefined => {
  const columns = nodes.flatMap(({ operation, outputs: [, inverse] }) =>
    operation === 'normalize' && inverse !== undefined ? [trace.tensor(inverse)] : [],
  );
  return columns.length > 1 ? trace.concat(columns, 1) : columns[0];
};

/**
 * The same loss, to the bit, where every normalization's variance is finite, and NaN where one is not: 0/0. Traced after the gradient: it is only
 * checked, not differentiated.
 */
export const ownLoss = ({ traced: { trace }, tensor: loss, nodes }: Begun): Tensor => {
  const inverse = inverses(trace, nodes);
  if (inverse === undefined) return loss;
  const zeros = trace.sum(trace.div(trace.scalar(0), inverse), [1]);
  return trace.add(loss, trace.sumTo(zeros, []));
};

/** The same, of the sequences of all ranks. */
export const watchedLoss = (begun: Begun): Tensor => {
  const { trace, seen } = begun.traced;
  const [loss = begun.tensor] = trace.allReduce([ownLoss(begun)], seen?.ranks ?? 1);
  return loss;
};
