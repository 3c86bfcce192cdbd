/** FLOPs of a program, summed over its operations: in total, and by operation. */

import { type OperationName, operationOf } from './operations/index.js';
import type { Node, Program, TensorType, ValueId } from './program.js';
import { addFlops, type Flops, noFlops } from './types/flops.js';

export const flopsOfNode = <Name extends OperationName>(node: Node<Name>, types: readonly TensorType[]): Flops => {
  const typeOf = (id: ValueId): TensorType => {
    const type = types[id];
    if (type === undefined) throw new Error(`value ${id} has no type`);
    return type;
  };
  return operationOf(node.operation).flops(node.inputs.map(typeOf), node.outputs.map(typeOf), node.attributes);
};

export const flopsOf = (program: Program): Flops =>
  program.nodes.reduce((total, node) => addFlops(total, flopsOfNode(node, program.types)), noFlops);

export const flopsByOperation = (program: Program): ReadonlyMap<OperationName, Flops> => {
  const table = new Map<OperationName, Flops>();
  for (const node of program.nodes)
    table.set(node.operation, addFlops(table.get(node.operation) ?? noFlops, flopsOfNode(node, program.types)));
  return table;
};
