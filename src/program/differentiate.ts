/**
 * Reverse-mode differentiation, graph to graph: reads the nodes traced so far backwards and writes the gradient with the same tracer.
 */
import { type OperationName, operations } from './operations/index.js';
import type { Operation } from './operations/operation.js';
import type { ValueId } from './program.js';
import type { Tensor, Tracer } from './tracer.js';

/** What a gradient rule is called with is always its own node's attributes; the table of operations loses that link. */
const ruleOf = (name: OperationName): Operation<unknown> => operations[name] as unknown as Operation<unknown>;

/** d(objective)/d(x) for each x of `sources`; undefined where the objective does not depend on it. */
export const differentiate = (trace: Tracer, objective: Tensor, sources: readonly Tensor[]): readonly (Tensor | undefined)[] => {
  const forward = [...trace.nodes];
  const dependent = new Set<ValueId>(sources.map(({ id }) => id));
  for (const node of forward) if (node.inputs.some((id) => dependent.has(id))) for (const id of node.outputs) dependent.add(id);

  const cotangents = new Map<ValueId, Tensor>([[objective.id, trace.broadcast(trace.scalar(1), objective.type.shape)]]);
  for (const node of forward.reverse()) {
    if (!node.outputs.some((id) => cotangents.has(id)) || !node.inputs.some((id) => dependent.has(id))) continue;
    const { gradient } = ruleOf(node.operation);
    if (gradient === undefined) throw new Error(`${node.operation} is not differentiable`);
    const gradients = gradient({
      trace,
      inputs: node.inputs.map((id) => trace.tensor(id)),
      outputs: node.outputs.map((id) => trace.tensor(id)),
      attributes: node.attributes,
      cotangents: node.outputs.map((id) => cotangents.get(id)),
    });
    node.inputs.forEach((id, index) => {
      const part = gradients[index];
      if (part === undefined || !dependent.has(id)) return;
      const before = cotangents.get(id);
      cotangents.set(id, before === undefined ? part : trace.add(before, part));
    });
  }
  return sources.map(({ id }) => cotangents.get(id));
};
