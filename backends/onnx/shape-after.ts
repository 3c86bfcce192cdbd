/**
 * Shapes that ONNX Runtime learns only while it runs.
 *
 * A shape that is there once other values are: the runtime executes a graph in an order of its own, not that of its nodes; a Reshape to such a shape
 * copies nothing and cannot run earlier.
 *
 * Shapes hidden from its planner: where it knows two values to be of one shape, one is computed in the memory of the other, and that memory is then
 * held from the first to the last: between a layer's forward pass and its gradient, while the head is computed (docs/decisions/0019).
 */
import type { OnnxGraph } from '../../src/onnx/graph.js';
import type { Shape } from '../../src/program/program.js';

/** Abs of sizes, which are not negative; the runtime's inference of shapes does not look into it. */
const hidden = (graph: OnnxGraph, sizes: string): string => graph.value('Abs', [sizes]);

/** The shape, unknown before the graph runs. */
export const hiddenShape = (graph: OnnxGraph, shape: Shape): string =>
  graph.once(`hidden shape ${shape}`, () => hidden(graph, graph.integers(shape)));

/** The shape, joined to no part of the shape of each of the others. */
const shapeAfter = (graph: OnnxGraph, shape: Shape, others: readonly string[]): string => {
  if (others.length === 0) return hiddenShape(graph, shape);
  const nothing = others.map((other) => graph.once(`nothing of ${other}`, () => graph.value('Shape', [other], { start: 0, end: 0 })));
  return graph.once(`shape ${shape} after ${others}`, () =>
    hidden(graph, graph.value('Concat', [...nothing, graph.integers(shape)], { axis: 0 })),
  );
};

/** The value, of the shape that it has, once the others are there. */
export const after = (graph: OnnxGraph, x: string, shape: Shape, others: readonly string[], output = graph.fresh()): string => {
  graph.node('Reshape', [x, shapeAfter(graph, shape, others)], [output]);
  return output;
};
