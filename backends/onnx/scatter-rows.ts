/** Adding up rows by index, in the one way that counts every row and is deterministic. */
import type { OnnxGraph } from '../../src/onnx/graph.js';
import type { Shape } from '../../src/program/program.js';

export interface ScatteredRows {
  /** [n, width] */
  readonly updates: string;
  /** i32 [n] */
  readonly indices: string;
  readonly n: number;
  /** The shape of the sums, [rows, width]. */
  readonly shape: Shape;
  /** What they are added to, of that shape; zeros by default. */
  readonly onto?: string | undefined;
}

/** The base with each update added to the row at its index. */
export const scatterRows = (graph: OnnxGraph, { updates, indices, n, shape, onto }: ScatteredRows, output: string): void => {
  const [, width = 0] = shape;
  const sums = onto ?? graph.value('ConstantOfShape', [graph.integers(shape)]);
  // ScatterND adds complete rows, in a twentieth of the time; but where an index occurs twice its threads race, and updates are lost.
  const places = graph.value('Expand', [graph.value('Reshape', [indices, graph.integers([n, 1])]), graph.integers([n, width])]);
  graph.node('ScatterElements', [sums, places, updates], [output], { axis: 0, reduction: 'add' });
};
