/** Reverse-mode differentiation, graph to graph: walks the nodes traced so far backwards and traces the gradient with the same tracer. */
import { type OperationName, operationOf } from './operations/index.js';
import type { Node, ValueId } from './program.js';
import type { Tensor, Tracer } from './tracer.js';

/** The gradients of a node's inputs. */
const gradientsOf = <Name extends OperationName>(
  trace: Tracer,
  { operation, inputs, outputs, attributes }: Node<Name>,
  cotangents: ReadonlyMap<ValueId, Tensor>,
): readonly (Tensor | undefined)[] => {
  const { gradient } = operationOf(operation);
  if (gradient === undefined) throw new Error(`${operation} is not differentiable`);
  return gradient({
    trace,
    inputs: inputs.map((id) => trace.tensor(id)),
    outputs: outputs.map((id) => trace.tensor(id)),
    attributes,
    cotangents: outputs.map((id) => cotangents.get(id)),
  });
};

/** d(objective)/d(x) for each x of `sources`; undefined where the objective does not depend on it. */
export const differentiate = (trace: Tracer, objective: Tensor, sources: readonly Tensor[]): readonly (Tensor | undefined)[] => {
  const forward = [...trace.nodes];
  const dependent = new Set<ValueId>(sources.map(({ id }) => id));
  for (const node of forward) if (node.inputs.some((id) => dependent.has(id))) for (const id of node.outputs) dependent.add(id);

  const cotangents = new Map<ValueId, Tensor>([[objective.id, trace.broadcast(trace.scalar(1), objective.type.shape)]]);
  for (const node of forward.reverse()) {
    if (!node.outputs.some((id) => cotangents.has(id)) || !node.inputs.some((id) => dependent.has(id))) continue;
    const gradients = gradientsOf(trace, node, cotangents);
    node.inputs.forEach((id, index) => {
      const part = gradients[index];
      if (part === undefined || !dependent.has(id)) return;
      const before = cotangents.get(id);
      cotangents.set(id, before === undefined ? part : trace.add(before, part));
    });
  }
  return sources.map(({ id }) => cotangents.get(id));
};
