/**
 * A shape that is there once other values are. ONNX Runtime executes a graph in an order of its own, not that of its nodes; a Reshape to such a shape
 * copies nothing and cannot run earlier.
 */
import type { OnnxGraph } from '../../src/onnx/graph.js';
import type { Shape } from '../../src/program/program.js';

/** The shape, joined to no part of the shape of each of the others. */
export const shapeAfter = (graph: OnnxGraph, shape: Shape, others: readonly string[]): string => {
  const nothing = others.map((other) => graph.value('Shape', [other], { start: 0, end: 0 }));
  return nothing.length === 0 ? graph.integers(shape) : graph.value('Concat', [...nothing, graph.integers(shape)], { axis: 0 });
};
