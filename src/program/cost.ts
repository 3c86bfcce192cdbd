/**
 * FLOPs of a program, summed over its operations: for the whole, and by operation.
 */
import { addFlops, type Flops, noFlops } from './flops.js';
import { readValues } from './liveness.js';
import { type OperationName, operations } from './operations/index.js';
import type { Operation } from './operations/operation.js';
import type { Node, Program, TensorType, ValueId } from './program.js';

/** FLOPs of each node of the program: of what is read, since nothing else is computed. */
const costs = (program: Program): ((node: Node) => Flops) => {
  const read = readValues(program);
  const typeOf = (id: ValueId): TensorType => {
    const type = program.types[id];
    if (type === undefined) throw new Error(`value ${id} has no type`);
    return type;
  };
  return ({ operation, inputs, outputs, attributes }) =>
    (operations[operation] as unknown as Operation<unknown>).flops(
      inputs.map(typeOf),
      outputs.map((id) => (read.has(id) ? typeOf(id) : undefined)),
      attributes,
    );
};

export const flopsOf = (program: Program): Flops => program.nodes.map(costs(program)).reduce(addFlops, noFlops);

export const flopsByOperation = (program: Program): ReadonlyMap<OperationName, Flops> => {
  const table = new Map<OperationName, Flops>();
  const cost = costs(program);
  for (const node of program.nodes) table.set(node.operation, addFlops(table.get(node.operation) ?? noFlops, cost(node)));
  return table;
};
