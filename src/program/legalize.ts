/**
 * Rewrites a program so that it contains only operations that a backend lowers itself: every other one is replaced by its decomposition, recursively.
 * An operation that is not supported and has no decomposition is named.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type OperationName, operationOf } from './operations/index.js';
import type { Node, Program, ValueId } from './program.js';
import { type Tensor, Tracer } from './tracer.js';

export interface Unsupported {
  readonly operation: OperationName;
  readonly program: string;
}

/** The same function in supported operations only, or the first operation that is not available. */
export const legalize = (program: Program, supported: ReadonlySet<OperationName>): E.Either<Unsupported, Program> => {
  if (program.nodes.every(({ operation }) => supported.has(operation))) return E.right(program);
  const trace = new Tracer(program.name);
  const replaced = new Map<ValueId, Tensor>();
  for (const { name, role, value } of program.inputs) {
    const type = program.types[value];
    if (type !== undefined) replaced.set(value, trace.input(name, role, type));
  }
  const look = (id: ValueId): Tensor => {
    const tensor = replaced.get(id);
    if (tensor === undefined) throw new Error(`${program.name}: value ${id} is read before it is written`);
    return tensor;
  };
  let missing: OperationName | undefined;
  const expand = <Name extends OperationName>({ operation, attributes }: Node<Name>, inputs: readonly Tensor[]): readonly Tensor[] => {
    const { decompose } = operationOf(operation);
    if (supported.has(operation)) return trace.apply(operation, inputs, attributes);
    if (decompose === undefined) {
      missing ??= operation;
      return trace.apply(operation, inputs, attributes);
    }
    // The decomposition is traced separately, so that its own coarse operations can be expanded in turn.
    const inner = new Tracer(program.name);
    const innerInputs = inputs.map(({ type }, index) => inner.input(`${index}`, 'batch', type));
    const outputs = decompose(inner, innerInputs, attributes);
    const known = new Map<ValueId, Tensor>(innerInputs.map(({ id }, index) => [id, inputs[index] as Tensor]));
    for (const step of inner.nodes) {
      const results = expand(
        step,
        step.inputs.map((id) => known.get(id) as Tensor),
      );
      step.outputs.forEach((id, index) => {
        known.set(id, results[index] as Tensor);
      });
    }
    return outputs.map(({ id }) => known.get(id) as Tensor);
  };
  for (const node of program.nodes) {
    const results = expand(node, node.inputs.map(look));
    node.outputs.forEach((id, index) => {
      replaced.set(id, results[index] as Tensor);
    });
  }
  if (missing !== undefined) return E.left({ operation: missing, program: program.name });
  const legal = trace.finish(program.outputs.map(({ name, role, value }) => ({ name, role, tensor: look(value) })));
  return E.right(program.rewrites === undefined ? legal : { ...legal, rewrites: program.rewrites });
};
