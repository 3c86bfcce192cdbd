/**
 * Tracing: methods that look like tensor code and record a program. Equal operations are recorded once, and multiplications by one not at all. Not
 * here: what operations mean (`operations/`).
 *
 * A shape that does not fit is a bug in vcycle's own model code, so it throws.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as S from 'fp-ts/lib/string.js';
import type { AttentionAttributes } from './operations/attention.js';
import { broadcastShapes } from './operations/elementwise.js';
import { type AttributesOf, type OperationName, operationOf } from './operations/index.js';
import type { LinearAttributes } from './operations/linear.js';
import type { LinearCrossEntropyAttributes } from './operations/linear-cross-entropy.js';
import type { MatmulAttributes } from './operations/matmul.js';
import type { RotaryAttributes } from './operations/rotary.js';
import type { SoftmaxAttributes } from './operations/softmax.js';
import {
  type Node,
  type Program,
  type ProgramInput,
  type ProgramOutput,
  type Role,
  type Shape,
  sameShape,
  type TensorType,
  type ValueId,
} from './program.js';
import type { Tensor, Trace } from './types/trace.js';

export type { Tensor } from './types/trace.js';

/** A future output: a tensor and its role. */
export interface Result {
  readonly name: string;
  /** Absent in programs that are not steps: `tensor`. */
  readonly role?: Role;
  readonly tensor: Tensor;
}

const sameResult = E.getEq<string, Shape>(S.Eq, { equals: sameShape });

/** Equal for equal operations. Most have no attributes, and a step has thousands of them. */
const keyOf = (operation: string, inputs: readonly Tensor[], attributes: object): string => {
  let key = operation;
  for (const { id } of inputs) key += ` ${id}`;
  for (const _ in attributes) return key + JSON.stringify(attributes);
  return key;
};

export class Tracer implements Trace {
  readonly #types: TensorType[] = [];
  readonly #inputs: ProgramInput[] = [];
  readonly #nodes: Node[] = [];
  readonly #known = new Map<string, readonly Tensor[]>();
  readonly #producers = new Map<ValueId, Node>();

  constructor(private readonly name: string) {}

  /** The nodes so far, in the order in which they were traced. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  tensor(id: ValueId): Tensor {
    const type = this.#types[id];
    if (type === undefined) throw new Error(`value ${id} is not of program ${this.name}`);
    return { id, type };
  }

  input(name: string, role: Role, type: TensorType): Tensor {
    const tensor = this.#newValue(type);
    this.#inputs.push({ name, role, value: tensor.id });
    return tensor;
  }

  /** Records one operation, or finds an equal one recorded before. */
  apply<Name extends OperationName>(operation: Name, inputs: readonly Tensor[], attributes: AttributesOf<Name>): readonly Tensor[] {
    const key = keyOf(operation, inputs, attributes);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const types = operationOf(operation).shape(
      inputs.map(({ type }) => type),
      attributes,
    );
    if (E.isLeft(types))
      throw new Error(`${this.name}: ${operation} ${types.left} (was ${inputs.map(({ type }) => `${type.dtype}[${type.shape}]`)})`);
    const outputs = types.right.map((type) => this.#newValue(type));
    const node = { operation, attributes, inputs: inputs.map(({ id }) => id), outputs: outputs.map(({ id }) => id) } as Node;
    this.#nodes.push(node);
    for (const { id } of outputs) this.#producers.set(id, node);
    this.#known.set(key, outputs);
    return outputs;
  }

  #newValue(type: TensorType): Tensor {
    this.#types.push(type);
    return { id: this.#types.length - 1, type };
  }

  #one<Name extends OperationName>(operation: Name, inputs: readonly Tensor[], attributes: AttributesOf<Name>): Tensor {
    const [output] = this.apply(operation, inputs, attributes);
    if (output === undefined) throw new Error(`${operation} has no output`);
    return output;
  }

  /** The node that gave the tensor; undefined for an input. */
  producerOf({ id }: Tensor): Node | undefined {
    return this.#producers.get(id);
  }

  /** The value of a traced scalar constant, if the tensor is one. */
  constantOf({ id }: Tensor): number | undefined {
    const node = this.#producers.get(id);
    return node?.operation === 'constant' ? node.attributes.value : undefined;
  }

  /** The tensor that was repeated to make this one, or itself. */
  #unrepeated(x: Tensor): Tensor {
    const node = this.#producers.get(x.id);
    return node?.operation === 'broadcast' ? this.tensor(node.inputs[0] as ValueId) : x;
  }

  /** Elementwise operations broadcast their operands themselves, so the original of a repeated one is read if the result keeps its size. */
  #binary(operation: 'add' | 'sub' | 'mul' | 'div' | 'minimum', a: Tensor, b: Tensor): Tensor {
    const [smallA, smallB] = [this.#unrepeated(a), this.#unrepeated(b)];
    const whole = broadcastShapes(a.type.shape, b.type.shape);
    const readings: readonly (readonly [Tensor, Tensor])[] = [
      [smallA, smallB],
      [smallA, b],
      [a, smallB],
    ];
    const same = readings.find(([x, y]) => sameResult.equals(broadcastShapes(x.type.shape, y.type.shape), whole));
    return this.#one(operation, same ?? [a, b], {});
  }

  scalar(value: number): Tensor {
    return this.#one('constant', [], { value });
  }
  causalMask(size: number): Tensor {
    return this.#one('causalMask', [], { size });
  }
  rotaryTable(attributes: RotaryAttributes): Tensor {
    return this.#one('rotaryTable', [], attributes);
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.#binary('add', a, b);
  }
  sub(a: Tensor, b: Tensor): Tensor {
    return this.#binary('sub', a, b);
  }
  mul(a: Tensor, b: Tensor): Tensor {
    if (this.constantOf(b) === 1) return a;
    if (this.constantOf(a) === 1) return b;
    return this.#binary('mul', a, b);
  }
  div(a: Tensor, b: Tensor): Tensor {
    return this.#binary('div', a, b);
  }
  minimum(a: Tensor, b: Tensor): Tensor {
    return this.#binary('minimum', a, b);
  }
  neg(x: Tensor): Tensor {
    return this.#one('neg', [x], {});
  }
  exp(x: Tensor): Tensor {
    return this.#one('exp', [x], {});
  }
  log(x: Tensor): Tensor {
    return this.#one('log', [x], {});
  }
  sqrt(x: Tensor): Tensor {
    return this.#one('sqrt', [x], {});
  }
  erf(x: Tensor): Tensor {
    return this.#one('erf', [x], {});
  }

  reshape(x: Tensor, shape: Shape): Tensor {
    return sameShape(x.type.shape, shape) ? x : this.#one('reshape', [x], { shape });
  }
  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    return this.#one('transpose', [x], { permutation });
  }
  broadcast(x: Tensor, shape: Shape): Tensor {
    return sameShape(x.type.shape, shape) ? x : this.#one('broadcast', [x], { shape });
  }
  barrier(x: Tensor, others: readonly Tensor[]): Tensor {
    return this.#one('barrier', [x, ...others], {});
  }
  concat(pieces: readonly Tensor[], axis: number): Tensor {
    const [first, ...others] = pieces;
    return first !== undefined && others.length === 0 ? first : this.#one('concat', pieces, { axis });
  }
  split(x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] {
    return sizes.length === 1 ? [x] : this.apply('split', [x], { axis, sizes });
  }

  sum(x: Tensor, axes: readonly number[]): Tensor {
    return axes.length === 0 ? x : this.#one('sum', [x], { axes });
  }
  max(x: Tensor, axes: readonly number[]): Tensor {
    return this.#one('max', [x], { axes });
  }
  sumOfSquares(x: Tensor): Tensor {
    return this.#one('sumOfSquares', [x], {});
  }
  sumTo(x: Tensor, shape: Shape): Tensor {
    const added = x.type.shape.length - shape.length;
    const axes = x.type.shape.flatMap((size, axis) => (axis < added || ((shape[axis - added] ?? 1) === 1 && size !== 1) ? [axis] : []));
    return this.reshape(this.sum(x, axes), shape);
  }

  matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false, alpha = 1 }: Partial<MatmulAttributes> = {}): Tensor {
    return this.#one('matmul', [a, b], { transposeA, transposeB, alpha });
  }

  linear(x: Tensor, weight: Tensor, bias: Tensor, { alpha = 1 }: Partial<LinearAttributes> = {}): Tensor {
    return this.#one('linear', [x, weight, bias], { alpha });
  }

  gather(table: Tensor, indices: Tensor): Tensor {
    return this.#one('gather', [table, indices], {});
  }
  scatterAdd(updates: Tensor, indices: Tensor, rows: number): Tensor {
    return this.#one('scatterAdd', [updates, indices], { rows });
  }
  oneHot(indices: Tensor, depth: number): Tensor {
    return this.#one('oneHot', [indices], { depth });
  }

  softmax(x: Tensor, { causal = false }: Partial<SoftmaxAttributes> = {}): Tensor {
    return this.#one('softmax', [x], { causal });
  }
  attention(q: Tensor, k: Tensor, v: Tensor, attributes: AttentionAttributes, mask?: Tensor): Tensor {
    return this.#one('attention', mask === undefined ? [q, k, v] : [q, k, v, mask], attributes);
  }
  flashAttention(q: Tensor, k: Tensor, v: Tensor, attributes: AttentionAttributes): Tensor {
    return this.#one('flashAttention', [q, k, v], attributes);
  }
  flashAttentionGradient(values: readonly Tensor[], attributes: AttentionAttributes): readonly Tensor[] {
    return this.apply('flashAttentionGradient', values, attributes);
  }
  normalize(x: Tensor, epsilon: number): Tensor {
    return this.#one('normalize', [x], { epsilon });
  }
  rmsNormalize(x: Tensor, epsilon: number): Tensor {
    return this.#one('rmsNormalize', [x], { epsilon });
  }
  rotary(x: Tensor, table: Tensor): Tensor {
    return this.#one('rotary', [x, table], {});
  }
  gelu(x: Tensor): Tensor {
    return this.#one('gelu', [x], {});
  }
  geluDerivative(x: Tensor): Tensor {
    return this.#one('geluDerivative', [x], {});
  }
  scaledGelu(x: Tensor): Tensor {
    return this.#one('scaledGelu', [x], {});
  }
  scaledGeluDerivative(x: Tensor, distribution: Tensor): Tensor {
    return this.#one('scaledGeluDerivative', [x, distribution], {});
  }
  tanhGelu(x: Tensor): Tensor {
    return this.#one('tanhGelu', [x], {});
  }
  tanhGeluDerivative(x: Tensor): Tensor {
    return this.#one('tanhGeluDerivative', [x], {});
  }
  silu(x: Tensor): Tensor {
    return this.#one('silu', [x], {});
  }
  siluDerivative(x: Tensor): Tensor {
    return this.#one('siluDerivative', [x], {});
  }
  crossEntropy(logits: Tensor, targets: Tensor): Tensor {
    return this.#one('crossEntropy', [logits, targets], {});
  }
  linearCrossEntropy(hidden: Tensor, head: Tensor, targets: Tensor, attributes: LinearCrossEntropyAttributes): readonly Tensor[] {
    return this.apply('linearCrossEntropy', [hidden, head, targets], attributes);
  }
  allReduce(tensors: readonly Tensor[], ranks: number): readonly Tensor[] {
    return ranks === 1 ? tensors : this.apply('allReduce', tensors, { ranks });
  }

  /** The program that computes `outputs`; operations that nothing reads are omitted, all inputs stay. */
  finish(results: readonly Result[]): Program {
    const wanted = new Set<ValueId>(results.map(({ tensor }) => tensor.id));
    const nodes: Node[] = [];
    for (const node of [...this.#nodes].reverse()) {
      if (!node.outputs.some((id) => wanted.has(id))) continue;
      nodes.push(node);
      for (const id of node.inputs) wanted.add(id);
    }
    const outputs = results.map(({ name, role = 'tensor', tensor }): ProgramOutput => ({ name, role, value: tensor.id }));
    return { name: this.name, types: this.#types, inputs: this.#inputs, nodes: nodes.reverse(), outputs };
  }
}
