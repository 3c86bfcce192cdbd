/** Rows added up by index, the one way that counts every row and gives the same bits again. */
import type { OnnxGraph } from '../../src/onnx/graph.js';
import type { Shape } from '../../src/program/program.js';

export interface ScatteredRows {
  /** [n, width] */
  readonly updates: string;
  /** i32 [n] */
  readonly indices: string;
  readonly n: number;
  /** [rows, width] of the sums. */
  readonly shape: Shape;
  /** What they are added to, of that shape; zeros where it is left out. */
  readonly onto?: string | undefined;
}

/** What is there already, with each update added to the row at its index. */
export const scatterRows = (graph: OnnxGraph, { updates, indices, n, shape, onto }: ScatteredRows, output: string): void => {
  const [, width = 0] = shape;
  const sums = onto ?? graph.value('ConstantOfShape', [graph.integers(shape)]);
  // ScatterND takes whole rows, in a twentieth of the time; but its threads add to one row at once where an index comes twice, and lose updates.
  const places = graph.value('Expand', [graph.value('Reshape', [indices, graph.integers([n, 1])]), graph.integers([n, width])]);
  graph.node('ScatterElements', [sums, places, updates], [output], { axis: 0, reduction: 'add' });
};
