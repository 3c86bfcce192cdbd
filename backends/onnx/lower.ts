/**
 * A whole program as an encoded ONNX model: inputs and outputs by the signature, nodes by the table. Not here: the nodes of an operation
 * (`lowering.ts`), passing values (`passing.ts`).
 */
import { OnnxGraph } from '../../src/onnx/graph.js';
import type { Lower, LoweringTable, Scattered, Transposed } from '../../src/onnx/lower-one.js';
import type { OperationName } from '../../src/program/operations/index.js';
import { type Node, type Program, type TensorType, typeIn, type ValueId } from '../../src/program/program.js';
import { judgedBy } from '../update-regions.js';
import { lowerings } from './lowering.js';
import { type Side, type Signature, signatureOf } from './signature.js';
import { lowerUpdates, type UpdatesLowering } from './update-in-pieces.js';

/** The names of the program's values in the graph. */
class Names {
  readonly #names = new Map<ValueId, string>();

  /** A value that is an input, or an earlier output, keeps that name. */
  constructor(program: Program, { inputs, outputs }: Signature) {
    for (const { index, name } of inputs.ports) this.#name(program.inputs[index]?.value, name);
    for (const { index, name } of outputs.ports) this.#name(program.outputs[index]?.value, name);
  }

  #name(id: ValueId | undefined, name: string): void {
    if (id !== undefined && !this.#names.has(id)) this.#names.set(id, name);
  }

  readonly of = (id: ValueId): string => {
    const name = this.#names.get(id) ?? `v${id}`;
    this.#names.set(id, name);
    return name;
  };

  /** For a value that the graph already has under another name: returns the name that it must have, if there is one. */
  alias(id: ValueId, name: string): string | undefined {
    const asked = this.#names.get(id);
    if (asked === undefined) this.#names.set(id, name);
    return asked;
  }
}

const namesOf = ({ ports, joined }: Side): readonly string[] => joined.parts.flatMap(({ index }) => ports[index]?.name ?? []);

const takeInputs = (graph: OnnxGraph, side: Side): void => {
  const { alone, joined } = side;
  for (const { name, type } of alone) graph.input(name, type.dtype, type.shape);
  if (joined.parts.length === 0) return;
  graph.input(joined.name, joined.whole.dtype, joined.whole.shape);
  const sizes = graph.integers(joined.parts.map(({ size }) => size));
  graph.node('Split', [joined.name, sizes], namesOf(side), { axis: 0 });
};

const giveOutputs = (graph: OnnxGraph, side: Side, program: Program, names: Names): void => {
  const { ports, alone, joined } = side;
  for (const { name, type, shape } of alone) graph.output(name, type.dtype, shape);
  // A value that is an output twice, or an input that is returned unchanged, needs a node of its own.
  program.outputs.forEach(({ value }, index) => {
    const [called, asked] = [names.of(value), ports[index]?.name];
    if (asked !== undefined && called !== asked) graph.node('Identity', [called], [asked]);
  });
  if (joined.parts.length === 0) return;
  graph.output(joined.name, joined.whole.dtype, joined.whole.shape);
  graph.node('Concat', namesOf(side), [joined.name], { axis: 0 });
};

/** Writes nodes of a program into one or more graphs. */
const writerOf = (program: Program, table: LoweringTable, names: Names): UpdatesLowering['compute'] => {
  const producers = new Map<ValueId, Node>(program.nodes.flatMap((node) => node.outputs.map((id): [ValueId, Node] => [id, node])));
  const typeOf = (id: ValueId): TensorType => typeIn(program, id);
  const transposedOf = (id: ValueId): Transposed | undefined => {
    const producer = producers.get(id);
    return producer?.operation === 'transpose'
      ? { from: names.of(producer.inputs[0] as ValueId), permutation: producer.attributes.permutation }
      : undefined;
  };
  const reads = new Map<ValueId, number>();
  for (const { inputs } of program.nodes) for (const id of inputs) reads.set(id, (reads.get(id) ?? 0) + 1);
  for (const { value } of program.outputs) reads.set(value, (reads.get(value) ?? 0) + 1);
  const scatteredOf = (id: ValueId): Scattered | undefined => {
    const producer = producers.get(id);
    if (producer?.operation !== 'scatterAdd' || reads.get(id) !== 1) return undefined;
    const [updates, indices] = producer.inputs as readonly [ValueId, ValueId];
    return { updates: names.of(updates), indices: names.of(indices), n: typeOf(updates).shape[0] ?? 0 };
  };
  return (graph, nodes, nameOf) => {
    for (const node of nodes) {
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
        inputs: node.inputs.map(nameOf),
        outputs: node.outputs.map(nameOf),
        transposed: node.inputs.map(transposedOf),
        scattered: node.inputs.map(scatteredOf),
        inputTypes: node.inputs.map(typeOf),
        outputTypes: node.outputs.map(typeOf),
      } as never);
    }
  };
};

/** @param signature the signature by which the session's runs pass their values */
export const lower = (program: Program, table: LoweringTable = lowerings, signature: Signature = signatureOf(program)): Uint8Array => {
  const graph = new OnnxGraph();
  const names = new Names(program, signature);
  if (signature.sequence !== undefined) graph.emptySequenceOutput(signature.sequence);
  takeInputs(graph, signature.inputs);
  const { regions } = signature;
  const compute = writerOf(program, table, names);
  const apart = new Set(regions.flatMap(({ nodes }) => nodes));
  compute(
    graph,
    program.nodes.filter((node) => !apart.has(node)),
    names.of,
  );
  lowerUpdates({ graph, program, regions, judgedBy: judgedBy(program), nameOf: names.of, compute });
  giveOutputs(graph, signature.outputs, program, names);
  return graph.encode(program.name);
};
