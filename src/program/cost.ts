/**
 * FLOPs of a program, summed over its operations: in total, and by operation.
 *
 * A program that contains `allReduce` runs on several ranks. What depends on a rank's own rows of the batch is different work on each, and counts for
 * all of them; what depends only on the state and on means is the same on each, and counts once: so the products of a step do not depend on how many
 * ranks share it.
 */

import { type OperationName, operationOf } from './operations/index.js';
import type { Node, Program, TensorType, ValueId } from './program.js';
import { addFlops, type Flops, noFlops, scaleFlops } from './types/flops.js';

export const flopsOfNode = <Name extends OperationName>(node: Node<Name>, types: readonly TensorType[]): Flops => {
  const typeOf = (id: ValueId): TensorType => {
    const type = types[id];
    if (type === undefined) throw new Error(`value ${id} has no type`);
    return type;
  };
  return operationOf(node.operation).flops(node.inputs.map(typeOf), node.outputs.map(typeOf), node.attributes);
};

/** The number of ranks that a program is for. */
export const ranksOf = ({ nodes }: Pick<Program, 'nodes'>): number => {
  for (const node of nodes) if (node.operation === 'allReduce') return node.attributes.ranks;
  return 1;
};

/** Each node, with the number of ranks whose work on it differs; 1 where all do the same. */
const sharesOf = (program: Program): readonly (readonly [node: Node, ranks: number])[] => {
  const ranks = ranksOf(program);
  if (ranks === 1) return program.nodes.map((node) => [node, 1]);
  const differing = new Set(program.inputs.flatMap(({ role, value }) => (role === 'batch' ? [value] : [])));
  return program.nodes.map((node) => {
    const differs = node.operation !== 'allReduce' && node.inputs.some((id) => differing.has(id));
    if (differs) for (const id of node.outputs) differing.add(id);
    return [node, differs ? ranks : 1];
  });
};

export const flopsOf = (program: Program): Flops =>
  sharesOf(program).reduce((total, [node, ranks]) => addFlops(total, scaleFlops(ranks, flopsOfNode(node, program.types))), noFlops);

export const flopsByOperation = (program: Program): ReadonlyMap<OperationName, Flops> => {
  const table = new Map<OperationName, Flops>();
  for (const [node, ranks] of sharesOf(program)) {
    const own = scaleFlops(ranks, flopsOfNode(node, program.types));
    table.set(node.operation, addFlops(table.get(node.operation) ?? noFlops, own));
  }
  return table;
};
