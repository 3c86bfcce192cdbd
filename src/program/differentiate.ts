/** Reverse-mode differentiation, graph to graph: walks the nodes traced so far backwards and traces the gradient with the same tracer. */
import { type OperationName, operationOf } from './operations/index.js';
import type { Node, ValueId } from './program.js';
import { type Again, computedAgain, type Segment, segmentsByPlace } from './recomputation.js';
import type { Tensor, Tracer } from './tracer.js';

/** The gradients of a node's inputs; `of` gives the values that they are computed from. */
const gradientsOf = <Name extends OperationName>(
  trace: Tracer,
  { operation, inputs, outputs, attributes }: Node<Name>,
  of: (id: ValueId) => Tensor,
  cotangents: ReadonlyMap<ValueId, Tensor>,
): readonly (Tensor | undefined)[] => {
  const { gradient } = operationOf(operation);
  if (gradient === undefined) throw new Error(`${operation} is not differentiable`);
  return gradient({
    trace,
    inputs: inputs.map(of),
    outputs: outputs.map(of),
    attributes,
    cotangents: outputs.map((id) => cotangents.get(id)),
  });
};

/**
 * d(objective)/d(x) for each x of `sources`; undefined where the objective does not depend on it.
 *
 * @param recomputed segments of the forward pass, in order, whose results the gradient does not keep but computes again
 */
export const differentiate = (
  trace: Tracer,
  objective: Tensor,
  sources: readonly Tensor[],
  recomputed: readonly Segment[] = [],
): readonly (Tensor | undefined)[] => {
  const forward = [...trace.nodes];
  const dependent = new Set<ValueId>(sources.map(({ id }) => id));
  for (const node of forward) if (node.inputs.some((id) => dependent.has(id))) for (const id of node.outputs) dependent.add(id);

  const places = new Map<ValueId, number>(forward.flatMap(({ outputs }, place) => outputs.map((id): [ValueId, number] => [id, place])));
  /** −1 for an input. */
  const placeOf = (id: ValueId): number => places.get(id) ?? -1;
  const segments = segmentsByPlace(forward, recomputed, placeOf);
  let present: Again | undefined;
  let again: ReadonlyMap<ValueId, Tensor> = new Map();
  /** Values whose cotangents have changed since a segment's gradient began. */
  const touched = new Set<ValueId>();

  const cotangents = new Map<ValueId, Tensor>([[objective.id, trace.broadcast(trace.scalar(1), objective.type.shape)]]);
  for (let place = forward.length - 1; place >= 0; place--) {
    const node = forward[place] as Node;
    if (!node.outputs.some((id) => cotangents.has(id)) || !node.inputs.some((id) => dependent.has(id))) continue;
    const segment = segments.get(place);
    if (segment !== present) {
      present = segment;
      // Once all gradients of what was computed after it are there: what they were computed from is then free.
      const others = [...touched].filter((id) => placeOf(id) <= place).flatMap((id) => cotangents.get(id) ?? []);
      again = segment === undefined ? new Map() : computedAgain(trace, segment, others);
      touched.clear();
    }
    const gradients = gradientsOf(trace, node, (id) => again.get(id) ?? trace.tensor(id), cotangents);
    node.inputs.forEach((id, index) => {
      const part = gradients[index];
      if (part === undefined || !dependent.has(id)) return;
      const before = cotangents.get(id);
      cotangents.set(id, before === undefined ? part : trace.add(before, part));
      touched.add(id);
    });
  }
  return sources.map(({ id }) => cotangents.get(id));
};
