/**
 * A whole program as an encoded ONNX model: inputs and outputs as the signature has them, nodes by the table. Not here: what an operation
 * becomes (`lowering.ts`), what passes through a session (`passing.ts`).
 */
import type { OperationName } from '../../src/program/operations/index.js';
import type { Node, Program, TensorType, ValueId } from '../../src/program/program.js';
import { OnnxGraph } from './graph.js';
import type { Lower, LoweringTable, Transposed } from './lower-one.js';
import { lowerings } from './lowering.js';
import { type Side, type Signature, signatureOf } from './signature.js';

/** What the graph calls the program's values. */
class Names {
  readonly #names = new Map<ValueId, string>();

  /** A value that is an input, or an output before, keeps that name. */
  constructor(program: Program, { inputs, outputs }: Signature) {
    program.inputs.forEach(({ value }, index) => {
      this.#names.set(value, inputs.names[index] as string);
    });
    program.outputs.forEach(({ value }, index) => {
      if (!this.#names.has(value)) this.#names.set(value, outputs.names[index] as string);
    });
  }

  readonly of = (id: ValueId): string => {
    const name = this.#names.get(id) ?? `v${id}`;
    this.#names.set(id, name);
    return name;
  };

  /** Where the graph has the value already, under a name of its own. Returns the name that it must have, if there is one. */
  alias(id: ValueId, name: string): string | undefined {
    const asked = this.#names.get(id);
    if (asked === undefined) this.#names.set(id, name);
    return asked;
  }
}

const takeInputs = (graph: OnnxGraph, { names, types, alone, joined }: Side): void => {
  for (const index of alone) graph.input(names[index] as string, (types[index] as TensorType).dtype, types[index]?.shape);
  if (joined.parts.length === 0) return;
  graph.input(joined.name, joined.whole.dtype, joined.whole.shape);
  const sizes = graph.integers(joined.parts.map(({ size }) => size));
  const parts = joined.parts.map(({ index }) => names[index] as string);
  graph.node('Split', [joined.name, sizes], parts, { axis: 0 });
};

const giveOutputs = (graph: OnnxGraph, { names, types, alone, joined }: Side, called: readonly string[]): void => {
  for (const index of alone) graph.output(names[index] as string, (types[index] as TensorType).dtype, types[index]?.shape);
  // A value that is an output twice, or an input that is handed through, needs a node of its own.
  names.forEach((name, index) => {
    if (called[index] !== name) graph.node('Identity', [called[index] as string], [name]);
  });
  if (joined.parts.length === 0) return;
  graph.output(joined.name, joined.whole.dtype, joined.whole.shape);
  const parts = joined.parts.map(({ index }) => names[index] as string);
  graph.node('Concat', parts, [joined.name], { axis: 0 });
};

const computeNodes = (graph: OnnxGraph, program: Program, table: LoweringTable, names: Names): void => {
  const producers = new Map<ValueId, Node>(program.nodes.flatMap((node) => node.outputs.map((id): [ValueId, Node] => [id, node])));
  const typeOf = (id: ValueId): TensorType => program.types[id] as TensorType;
  const transposedOf = (id: ValueId): Transposed | undefined => {
    const producer = producers.get(id);
    return producer?.operation === 'transpose'
      ? { from: names.of(producer.inputs[0] as ValueId), permutation: producer.attributes.permutation }
      : undefined;
  };
  for (const node of program.nodes) {
    if (node.operation === 'constant') {
      const constant = graph.scalar(node.attributes.value);
      const asked = names.alias(node.outputs[0] as ValueId, constant);
      if (asked !== undefined) graph.node('Identity', [constant], [asked]);
      continue;
    }
    const lowering = (table as Partial<Record<OperationName, Lower<never>>>)[node.operation];
    if (lowering === undefined) throw new Error(`${node.operation} was not decomposed`);
    lowering({
      graph,
      node,
      inputs: node.inputs.map(names.of),
      outputs: node.outputs.map(names.of),
      transposed: node.inputs.map(transposedOf),
      inputTypes: node.inputs.map(typeOf),
      outputTypes: node.outputs.map(typeOf),
    } as never);
  }
};

/** @param signature the one by which the session's runs pass their values */
export const lower = (program: Program, table: LoweringTable = lowerings, signature: Signature = signatureOf(program)): Uint8Array => {
  const graph = new OnnxGraph();
  const names = new Names(program, signature);
  if (signature.sequence !== undefined) graph.emptySequenceOutput(signature.sequence);
  takeInputs(graph, signature.inputs);
  computeNodes(graph, program, table, names);
  giveOutputs(
    graph,
    signature.outputs,
    program.outputs.map(({ value }) => names.of(value)),
  );
  return graph.encode(program.name);
};
