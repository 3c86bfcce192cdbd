/**
 * Updates of large tensors, piece by piece: each of more than one piece is a Scan whose body is the rule for one piece, so that intermediate values
 * are as large as a piece and not as the tensor. All of them are in one branch of an If whose condition is that the step is finite; the other branch
 * returns the state unchanged. So a failed step changes nothing even where the new state is computed in the memory of the old one
 * (docs/decisions/0022). Not here: what may be computed this way (`../update-regions.ts`, `regions-in-pieces.ts`).
 */
import { OnnxGraph } from '../../src/onnx/graph.js';
import type { Node, Program, ValueId } from '../../src/program/program.js';
import type { RegionInPieces } from './regions-in-pieces.js';

export interface UpdatesLowering {
  readonly graph: OnnxGraph;
  readonly program: Program;
  readonly regions: readonly RegionInPieces[];
  /** The loss and the norm that decide whether the step is accepted. */
  readonly judgedBy: readonly ValueId[];
  readonly nameOf: (id: ValueId) => string;
  /** Writes nodes into a graph, with the names of its values there. */
  readonly compute: (graph: OnnxGraph, nodes: readonly Node[], nameOf: (id: ValueId) => string) => void;
}

/** True where all are finite: x − x is then 0, otherwise NaN. */
const allFinite = (graph: OnnxGraph, values: readonly string[]): string =>
  graph.value('Equal', [
    values.map((value) => graph.value('Sub', [value, value])).reduce((sum, zero) => graph.value('Add', [sum, zero])),
    graph.scalar(0),
  ]);

const producedBy = ({ program }: UpdatesLowering, { successions }: RegionInPieces): readonly ValueId[] =>
  successions.map(({ output }) => program.outputs[output]?.value as ValueId);

/** The values of its own shape that a region reads and computes. */
const ownOf = ({ tensors, nodes }: RegionInPieces): ReadonlySet<ValueId> =>
  new Set([...tensors, ...nodes.flatMap(({ outputs }) => outputs)]);

/** One region's rule for a piece. */
const bodyOf = (lowering: UpdatesLowering, region: RegionInPieces, prefix: string): OnnxGraph => {
  const [, size = 0] = region.pieces;
  const body = new OnnxGraph(`${prefix} `);
  const own = ownOf(region);
  const nameOf = (id: ValueId): string => (own.has(id) ? `${prefix} v${id}` : lowering.nameOf(id));
  for (const id of region.tensors) body.input(nameOf(id), 'f32', [size]);
  lowering.compute(body, region.nodes, nameOf);
  for (const id of producedBy(lowering, region)) body.output(nameOf(id), 'f32', [size]);
  return body;
};

/** Writes the next state of all regions under the names of the graph's outputs. */
export const lowerUpdates = (lowering: UpdatesLowering): void => {
  const { graph, regions, program, nameOf } = lowering;
  if (regions.length === 0) return;
  const [taken, left] = [new OnnxGraph('taken '), new OnnxGraph('left ')];
  const results: string[] = [];
  for (const [index, region] of regions.entries()) {
    const prefix = `update ${index}`;
    const inPieces = (id: ValueId): string => graph.value('Reshape', [nameOf(id), graph.integers(region.pieces)]);
    const pieces = new Map(region.tensors.map((id) => [id, inPieces(id)]));
    const made = producedBy(lowering, region);
    const next = made.map((_, which) => `${prefix} next ${which}`);
    // A tensor of one piece needs no loop.
    if (region.pieces[0] === 1) {
      const own = ownOf(region);
      const named = new Map([...pieces, ...made.map((id, which): [ValueId, string] => [id, next[which] ?? ''])]);
      lowering.compute(taken, region.nodes, (id) => named.get(id) ?? (own.has(id) ? `${prefix} v${id}` : nameOf(id)));
    } else {
      const body = bodyOf(lowering, region, prefix);
      taken.node('Scan', [...pieces.values()], next, { body: { graph: body }, num_scan_inputs: region.tensors.length });
    }
    for (const [which, { input }] of region.successions.entries()) {
      const before = program.inputs[input]?.value as ValueId;
      const kept = `${prefix} kept ${which}`;
      left.node('Identity', [pieces.get(before) ?? inPieces(before)], [kept]);
      taken.output(next[which] ?? '', 'f32', region.pieces);
      left.output(kept, 'f32', region.pieces);
      results.push(nameOf(made[which] as ValueId));
    }
  }
  const finite = allFinite(graph, lowering.judgedBy.map(nameOf));
  graph.node('If', [finite], results, { then_branch: { graph: taken }, else_branch: { graph: left } });
};
