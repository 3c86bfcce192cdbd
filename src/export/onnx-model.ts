/**
 * A model as an ONNX graph for generation. Inputs: tokens, a padding mask, positions, and the keys and values of the previous tokens.
 * Outputs: logits, and the keys and values of all tokens. Any number of sequences of any length. Names are those that Transformers.js
 * expects. Only operations of ONNX's own set are used, so that every provider of ONNX Runtime supports them, in a browser, too. Not here:
 * the folder (`onnx.ts`), the lowering of most operations (`src/onnx`).
 */
import type { SavedModel } from '../model/model-folder.js';
import { OPEN, openLogits } from '../model/open-logits.js';
import { elementary, matrixProduct } from '../onnx/elementary.js';
import type { ExternalData } from '../onnx/external-data.js';
import { OnnxGraph } from '../onnx/graph.js';
import type { Lower, Lowering, LoweringTable } from '../onnx/lower-one.js';
import { legalize } from '../program/legalize.js';
import type { OperationName } from '../program/operations/index.js';
import { rotaryValues } from '../program/operations/rotary.js';
import { type Program, type TensorType, typeIn, type ValueId } from '../program/program.js';

/** Opset 20 is the first with Gelu. */
const VERSIONS = { opset: 20, ir: 9 } as const;
const TO_FLOAT = { to: 1 } as const;
/** A logit for which softmax gives exactly 0. */
const MASKED = -1e9;

const INPUTS = { tokens: 'input_ids', mask: 'attention_mask', positions: 'position_ids' } as const;
const [BATCH, TIME, PAST, ALL] = ['batch_size', 'sequence_length', 'past_sequence_length', 'total_sequence_length'];

/** The inputs common to all attentions. */
interface Sizes {
  /** i64 [2]: sequences, and new tokens in each. */
  readonly given: string;
  /** f32 [sequences, 1, new tokens, all tokens]: 0 where a token attends to the other, else `MASKED`. */
  readonly mask: string;
}

const integer = (graph: OnnxGraph, value: number): string => graph.initializer(`integer ${value}`, 'i64', [], () => [value]);

/** A token attends to itself and the tokens before it, except padding. */
const sizesOf = (graph: OnnxGraph): Sizes => {
  const given = graph.value('Shape', [INPUTS.tokens]);
  const all = graph.value('Gather', [graph.value('Shape', [INPUTS.mask]), integer(graph, 1)], { axis: 0 });
  const before = graph.value('Sub', [all, graph.value('Gather', [given, integer(graph, 1)], { axis: 0 })]);
  const one = integer(graph, 1);
  const queries = graph.value('Unsqueeze', [graph.value('Range', [before, all, one]), graph.integers([1])]);
  const isLater = graph.value('Greater', [graph.value('Range', [integer(graph, 0), all, one]), queries]); // [new, all]
  const isPadding = graph.value('Unsqueeze', [graph.value('Equal', [INPUTS.mask, integer(graph, 0)]), graph.integers([1, 2])]);
  const unseen = graph.value('Cast', [graph.value('Or', [isPadding, isLater])], TO_FLOAT);
  return { given, mask: graph.value('Mul', [unseen, graph.scalar(MASKED)]) };
};

const openShape = (shape: readonly number[]): readonly number[] => shape.map((size) => (size % OPEN === 0 ? -1 : size));

/** Concatenates the cached keys and values with those of the new tokens, and outputs the result, for every layer. */
class Attentions {
  #count = 0;

  constructor(private readonly sizes: Sizes) {}

  readonly lower = ({
    graph,
    node,
    inputs: [q = '', k = '', v = ''],
    outputs: [output = ''],
    inputTypes: [type, ofKeys],
  }: Lowering<'attention'>): void => {
    const { heads, scale } = node.attributes;
    const [, width = 0] = type?.shape ?? [];
    const size = width / heads;
    const own = (ofKeys?.shape[1] ?? 0) / size; // heads of keys and values
    const layer = this.#count++;
    /** [batch, heads, time, size] */
    const byHead = (rows: string, heads: number): string => {
      const shape = graph.value('Concat', [this.sizes.given, graph.integers([heads, size])], { axis: 0 });
      return graph.value('Transpose', [graph.value('Reshape', [rows, shape])], { perm: [0, 2, 1, 3] });
    };
    /** [batch, heads, time, …] → [batch, own, heads/own · time, …]: the queries that meet one head of keys and values. 0 keeps a size. */
    const grouped = (x: string): string => (own === heads ? x : graph.value('Reshape', [x, graph.integers([0, own, -1, 0])]));
    /** Its inverse, where the sizes of the last axis are those of `scores` or of the heads. */
    const apart = (x: string): string => (own === heads ? x : graph.value('Reshape', [x, graph.integers([0, heads, -1, 0])]));
    const joined = (what: string, rows: string): string => {
      const [before, after] = [`past_key_values.${layer}.${what}`, `present.${layer}.${what}`];
      graph.input(before, 'f32', [BATCH, own, PAST, size]);
      graph.node('Concat', [before, byHead(rows, own)], [after], { axis: 2 });
      graph.output(after, 'f32', [BATCH, own, ALL, size]);
      return after;
    };
    const [keys, values] = [joined('key', k), joined('value', v)];
    const products = apart(graph.value('MatMul', [grouped(byHead(q, heads)), graph.value('Transpose', [keys], { perm: [0, 1, 3, 2] })]));
    const scores = graph.value('Add', [graph.value('Mul', [products, graph.scalar(scale)]), this.sizes.mask]);
    const mixed = apart(graph.value('MatMul', [grouped(graph.value('Softmax', [scores], { axis: -1 })), values]));
    const byTime = graph.value('Transpose', [mixed], { perm: [0, 2, 1, 3] });
    graph.node('Reshape', [byTime, graph.integers([-1, width])], [output]);
  };
}

/** Operations on any number of rows; a family's other operations are decomposed into these. */
const onRows = {
  ...elementary,
  matmul: matrixProduct,
  reshape: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'reshape'>) =>
    graph.node('Reshape', [...inputs, graph.integers(openShape(attributes.shape))], outputs),
  normalize: ({ graph, inputs: [x = ''], outputs: [y = ''], node: { attributes }, outputTypes: [type] }: Lowering<'normalize'>) => {
    const width = type?.shape.at(-1) ?? 0;
    const ones = graph.initializer(`ones ${width}`, 'f32', [width], () => new Float32Array(width).fill(1));
    graph.node('LayerNormalization', [x, ones], [y], { axis: -1, epsilon: { float: attributes.epsilon } });
  },
  rmsNormalize: ({ graph, inputs: [x = ''], outputs: [y = ''], node: { attributes } }: Lowering<'rmsNormalize'>) => {
    const meanSquare = graph.value('ReduceMean', [graph.value('Mul', [x, x]), graph.integers([-1])], { keepdims: 1 });
    const root = graph.value('Sqrt', [graph.value('Add', [meanSquare, graph.scalar(attributes.epsilon)])]);
    graph.node('Div', [x, root], [y]);
  },
  rotaryTable: ({ graph, outputs, node: { attributes } }: Lowering<'rotaryTable'>) => {
    const { positions, size } = attributes;
    const table = graph.initializer('rotary positions', 'f32', [positions, size], () => Float32Array.from(rotaryValues(attributes)));
    graph.node('Identity', [table], outputs);
  },
  concat: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'concat'>) =>
    graph.node('Concat', inputs, outputs, { axis: attributes.axis }),
  split: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'split'>) =>
    graph.node('Split', [...inputs, graph.integers(attributes.sizes)], outputs, { axis: attributes.axis }),
  silu: ({ graph, inputs: [x = ''], outputs }: Lowering<'silu'>) => graph.node('Mul', [x, graph.value('Sigmoid', [x])], outputs),
  gelu: ({ graph, inputs, outputs }: Lowering<'gelu'>) => graph.node('Gelu', inputs, outputs),
  tanhGelu: ({ graph, inputs, outputs }: Lowering<'tanhGelu'>) => graph.node('Gelu', inputs, outputs, { approximate: 'tanh' }),
} as const satisfies LoweringTable;

const supported = new Set<OperationName>(['constant', 'attention', ...(Object.keys(onRows) as OperationName[])]);

/**
 * A family's forward pass in supported operations. A family for which that fails must not declare `inTransformersJs`, so failing is a bug.
 */
const programOf = ({ model, h }: Pick<SavedModel, 'model' | 'h'>): Program => {
  const legal = legalize(openLogits(model, { layers: model.layers, h }), supported);
  if (legal._tag === 'Left') throw new Error(`${model.kind} has the operation ${legal.left.operation}, which is not on rows`);
  return legal.right;
};

const flat = (graph: OnnxGraph, input: string): string => graph.value('Reshape', [input, graph.integers([-1])]);

/**
 * The file's bytes.
 *
 * @param beside where the weights go; without it they are in the file.
 */
export const onnxModel = ({ model, h, parameters }: Omit<SavedModel, 'tokenizer'>, beside?: ExternalData): Uint8Array => {
  const program = programOf({ model, h });
  const graph = new OnnxGraph();
  graph.input(INPUTS.tokens, 'i64', [BATCH, TIME]);
  graph.input(INPUTS.mask, 'i64', [BATCH, ALL]);
  graph.input(INPUTS.positions, 'i64', [BATCH, TIME]);
  graph.output('logits', 'f32', [BATCH, TIME, model.vocabulary]);
  const sizes = sizesOf(graph);
  const names = new Map<ValueId, string>();
  for (const { name, role, value } of program.inputs) {
    if (role === 'parameter') {
      const parameter = parameters.get(name);
      if (parameter === undefined) throw new RangeError(`the model has no parameter ${name}`);
      graph.stored(name, parameter.shape, parameter.data, beside);
      names.set(value, name);
    } else names.set(value, flat(graph, name === 'tokens' ? INPUTS.tokens : INPUTS.positions));
  }
  const nameOf = (id: ValueId): string => {
    const name = names.get(id) ?? graph.fresh();
    names.set(id, name);
    return name;
  };
  const typeOf = (id: ValueId): TensorType => typeIn(program, id);
  const table: LoweringTable = { ...onRows, attention: new Attentions(sizes).lower };
  for (const node of program.nodes) {
    if (node.operation === 'constant') {
      names.set(node.outputs[0] as ValueId, graph.scalar(node.attributes.value));
      continue;
    }
    const lower = (table as Partial<Record<OperationName, Lower<never>>>)[node.operation];
    if (lower === undefined) throw new Error(`${node.operation} was not decomposed`);
    lower({
      graph,
      node,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
      transposed: node.inputs.map(() => undefined),
      scattered: node.inputs.map(() => undefined),
      inputTypes: node.inputs.map(typeOf),
      outputTypes: node.outputs.map(typeOf),
    } as never);
  }
  const logits = program.outputs.map(({ value }) => nameOf(value));
  const shape = graph.value('Concat', [sizes.given, graph.integers([model.vocabulary])], { axis: 0 });
  graph.node('Reshape', [...logits, shape], ['logits']);
  return graph.encode(`${model.kind} of ${model.layers} layers`, VERSIONS);
};
