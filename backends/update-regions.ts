/**
 * The parts of a program that compute the next values of large tensors of state element by element, from the tensor itself, its gradient and scalars:
 * an optimizer's rule for one parameter. They are found in any program by shapes and roles; no particular rule is known here. They can be computed
 * piece by piece and, where that is safe, in the memory of the previous state. Not here: how a backend does so (`onnx/update-in-pieces.ts`,
 * `torch/worker/updates.py`).
 */
import { isInMemoryOfOperand } from '../src/program/in-its-memory.js';
import type { OperationName } from '../src/program/operations/index.js';
import { type Node, type Program, type Shape, sameShape, typeIn, type ValueId } from '../src/program/program.js';

/** An output that is the next value of an input, by their indices in the program. */
export interface Succession {
  readonly input: number;
  readonly output: number;
}

export interface UpdateRegion {
  /** In the program's order. */
  readonly nodes: readonly Node[];
  /** The tensors of the region's shape that it reads, and scalars. */
  readonly tensors: readonly ValueId[];
  readonly scalars: readonly ValueId[];
  /** The state that it computes, by the indices of previous and next value. */
  readonly successions: readonly Succession[];
  /** Of its tensors. */
  readonly shape: Shape;
  /** Those whose next value may overwrite the previous one, because everything else that reads it has done so before. */
  readonly inPlace: readonly Succession[];
}

const ELEMENTWISE: ReadonlySet<OperationName> = new Set(['add', 'sub', 'mul', 'div', 'minimum', 'neg', 'sqrt', 'exp', 'log', 'erf']);

/** Everything from which the values are computed, up to known values. */
const ancestorsOf = (
  producers: ReadonlyMap<ValueId, Node>,
  values: readonly ValueId[],
  known: ReadonlySet<Node> = new Set(),
): ReadonlySet<Node> => {
  const found = new Set<Node>();
  const waiting = [...values];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const node = producers.get(value);
    if (node === undefined || found.has(node) || known.has(node)) continue;
    found.add(node);
    waiting.push(...node.inputs);
  }
  return found;
};

/** Outputs that are the next value of an input of their shape, in the program's order. */
const successionsOf = ({ inputs, outputs }: Program): readonly Succession[] => {
  const places = new Map(inputs.map(({ role, name }, index) => [`${role} ${name}`, index]));
  return outputs.flatMap(({ role, name }, output) => {
    const input = places.get(`${role} ${name}`);
    return input === undefined || (role !== 'parameter' && role !== 'moment') ? [] : [{ input, output }];
  });
};

/** State that a program does not change: the next value is the input itself. An input that has no other next value may become the output. */
export const passedOn = (program: Program): readonly Succession[] =>
  successionsOf(program).filter(({ input, output }) => program.inputs[input]?.value === program.outputs[output]?.value);

/** The outputs whose finiteness decides whether a step is accepted: the loss, if the program returns it, and the gradient's norm. */
export const judgedBy = ({ inputs, outputs }: Program): readonly ValueId[] =>
  inputs.some(({ role }) => role === 'loss')
    ? []
    : outputs.filter(({ role }) => role === 'loss' || role === 'gradientNorm').map(({ value }) => value);

class Search {
  readonly #producers: ReadonlyMap<ValueId, Node>;
  readonly #readers = new Map<ValueId, Node[]>();
  readonly #results: ReadonlySet<ValueId>;
  readonly #before: ReadonlySet<Node>;
  readonly #places: ReadonlyMap<Node, number>;

  constructor(private readonly program: Program) {
    this.#producers = new Map(program.nodes.flatMap((node) => node.outputs.map((id): [ValueId, Node] => [id, node])));
    for (const node of program.nodes)
      for (const id of new Set(node.inputs)) this.#readers.set(id, [...(this.#readers.get(id) ?? []), node]);
    this.#results = new Set(program.outputs.map(({ value }) => value));
    this.#before = ancestorsOf(this.#producers, judgedBy(program));
    this.#places = new Map(program.nodes.map((node, place) => [node, place]));
  }

  #isOf(shape: Shape, node: Node): boolean {
    const fits = (id: ValueId): boolean => {
      const { dtype, shape: own } = typeIn(this.program, id);
      return dtype === 'f32' && (sameShape(own, shape) || own.length === 0);
    };
    const [output] = node.outputs;
    if (output === undefined || !ELEMENTWISE.has(node.operation) || this.#before.has(node)) return false;
    return sameShape(typeIn(this.program, output).shape, shape) && node.inputs.every(fits);
  }

  /** The nodes of that shape from which the values are computed, as far as nothing else reads their results. */
  #cone(shape: Shape, values: readonly ValueId[]): ReadonlySet<Node> {
    const wanted = new Set(values);
    const cone = new Set<Node>();
    const candidates = [...this.#after(values)].sort((a, b) => this.#place(b) - this.#place(a));
    for (const node of candidates) {
      const [output] = node.outputs;
      if (output === undefined || !this.#isOf(shape, node)) continue;
      if (!wanted.has(output) && this.#results.has(output)) continue;
      const readers = this.#readers.get(output) ?? [];
      if (readers.every((reader) => cone.has(reader)) && (wanted.has(output) || readers.length > 0)) cone.add(node);
    }
    return cone;
  }

  /** What the values are computed from after the step has been accepted. */
  #after(values: readonly ValueId[]): ReadonlySet<Node> {
    return ancestorsOf(this.#producers, values, this.#before);
  }

  #place(node: Node): number {
    return this.#places.get(node) ?? 0;
  }

  /** The values in the memory of this one. */
  #inMemoryOf(id: ValueId): readonly ValueId[] {
    const readers = (this.#readers.get(id) ?? []).filter(
      ({ operation, inputs: [first] }) => isInMemoryOfOperand(operation) && first === id,
    );
    return [id, ...readers.flatMap(({ outputs }) => outputs.flatMap((output) => this.#inMemoryOf(output)))];
  }

  /** Whether the region writes an output only when all that reads the input has read it. */
  #isSafe(cone: ReadonlySet<Node>, { input, output }: Succession): boolean {
    const [from, to] = [this.program.inputs[input]?.value, this.program.outputs[output]?.value];
    if (from === undefined || to === undefined) return false;
    const memory = this.#inMemoryOf(from);
    if (memory.some((id) => this.#results.has(id))) return false;
    const earlier = this.#after([to]);
    const readers = memory.flatMap((id) => this.#readers.get(id) ?? []);
    return readers.every((reader) => (cone.has(reader) ? earlier.has(reader) : this.#before.has(reader)));
  }

  #made(output: number): ValueId {
    const made = this.program.outputs[output]?.value;
    if (made === undefined) throw new Error(`${this.program.name} has no output ${output}`);
    return made;
  }

  /** The region of a parameter, with the moments that it is computed from. */
  region(parameter: Succession, moments: readonly Succession[]): UpdateRegion | undefined {
    const { shape } = typeIn(this.program, this.#made(parameter.output));
    const into = new Set([...this.#after([this.#made(parameter.output)])].flatMap(({ outputs }) => outputs));
    const successions = [parameter, ...moments.filter(({ output }) => into.has(this.#made(output)))];
    const values = successions.map(({ output }) => this.#made(output));
    const cone = this.#cone(shape, values);
    if (!values.every((value) => cone.has(this.#producers.get(value) as Node))) return undefined;
    const nodes = [...cone].sort((a, b) => this.#place(a) - this.#place(b));
    const own = new Set(nodes.flatMap(({ outputs }) => outputs));
    const read = [...new Set(nodes.flatMap(({ inputs }) => inputs))].filter((id) => !own.has(id));
    return {
      nodes,
      tensors: read.filter((id) => typeIn(this.program, id).shape.length > 0),
      scalars: read.filter((id) => typeIn(this.program, id).shape.length === 0),
      successions,
      shape,
      inPlace: successions.filter((succession) => this.#isSafe(cone, succession)),
    };
  }
}

/**
 * The regions of a training step or an update; a program that does not return the gradient's norm has none.
 *
 * @param isWanted whether tensors of that shape are large enough for the backend.
 */
export const updateRegionsOf = (program: Program, isWanted: (shape: Shape) => boolean): readonly UpdateRegion[] => {
  if (judgedBy(program).length === 0) return [];
  const search = new Search(program);
  const successions = successionsOf(program).filter(({ output }) =>
    isWanted(typeIn(program, program.outputs[output]?.value as ValueId).shape),
  );
  const [parameters, moments] = (['parameter', 'moment'] as const).map((role) =>
    successions.filter(({ output }) => program.outputs[output]?.role === role),
  );
  return (parameters ?? []).flatMap((parameter) => search.region(parameter, moments ?? []) ?? []);
};
