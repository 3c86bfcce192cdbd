/**
 * Shapes and matrix-product FLOPs of an encoded ONNX model, found from its own nodes and initializers alone by ONNX's rules: nothing here
 * knows vcycle's programs or how they are lowered.
 */
import assert from 'node:assert/strict';
import protobuf, { type onnx } from 'onnx-proto';

type Shape = readonly number[];

const product = (shape: Shape): number => shape.reduce((total, size) => total * size, 1);

const broadcast = (a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [left = 1, right = 1] = [a[axis - rank + a.length], b[axis - rank + b.length]];
    assert.ok(left === right || left === 1 || right === 1, `[${a}] and [${b}] do not broadcast`);
    return Math.max(left, right);
  });
};

interface NodeView {
  readonly inputs: readonly Shape[];
  /** The values of an input that is stored in the model. */
  readonly stored: (index: number) => readonly number[];
  readonly isStored: (index: number) => boolean;
  readonly int: (name: string, otherwise: number) => number;
  readonly ints: (name: string) => readonly number[];
}

interface NodeResult {
  readonly outputs: readonly (Shape | undefined)[];
  readonly matmul?: number;
}

const first = ({ inputs: [x = []] }: NodeView): NodeResult => ({ outputs: [x] });
const joined = ({ inputs }: NodeView): NodeResult => ({ outputs: [inputs.reduce(broadcast)] });

/** Reductions, with the axes in the second input or, where that is missing, all of them. */
const reduced = (view: NodeView): NodeResult => {
  const [x = []] = view.inputs;
  const axes = view.inputs.length > 1 ? view.stored(1) : x.map((_, axis) => axis);
  const kept = x.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return { outputs: [view.int('keepdims', 1) === 1 ? kept : x.filter((_, axis) => !axes.includes(axis))] };
};

/** The part of the first input's shape that a Shape gives. */
const partOfShape = ({ inputs: [x = []], int }: Pick<NodeView, 'inputs' | 'int'>): Shape => x.slice(int('start', 0), int('end', x.length));

const swapped = (shape: Shape, swap: boolean): Shape => (swap ? [...shape.slice(0, -2), shape.at(-1) ?? 0, shape.at(-2) ?? 0] : shape);

const multiplied = (a: Shape, b: Shape): NodeResult => {
  assert.equal(a.at(-1), b.at(-2), `[${a}] times [${b}]`);
  const output = [...broadcast(a.slice(0, -2), b.slice(0, -2)), a.at(-2) ?? 0, b.at(-1) ?? 0];
  return { outputs: [output], matmul: 2 * product(output) * (a.at(-1) ?? 0) };
};

/** Of a kernel of 1 × 1, which is a product of matrices: [outputs, inputs, 1, 1] times [1, inputs, …pixels], and what may be added to it. */
const convolved = ({ inputs: [image = [], kernel = [], , sum] }: NodeView): NodeResult => {
  const [outputs = 0, inputs = 0, ...size] = kernel;
  assert.deepEqual([1, inputs, 1, 1], [...image.slice(0, 2), ...size]);
  const output = image.with(1, outputs);
  assert.deepEqual(sum ?? output, output);
  return { outputs: [output], matmul: 2 * product(output) * inputs };
};

const rules: Readonly<Record<string, (view: NodeView) => NodeResult>> = {
  ...Object.fromEntries(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Pow', 'Where', 'Less'].map((name) => [name, joined])),
  ...Object.fromEntries(
    [
      'Identity',
      'Neg',
      'Abs',
      'Exp',
      'Log',
      'Sqrt',
      'Erf',
      'HardSigmoid',
      'Cast',
      'Softmax',
      'LogSoftmax',
      'ScatterElements',
      'Reciprocal',
      'Tanh',
    ].map((name) => [name, first]),
  ),
  ...Object.fromEntries(['ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceSumSquare'].map((name) => [name, reduced])),
  Reshape: (view) => {
    const shape = view.stored(1);
    assert.equal(product(shape), product(view.inputs[0] ?? []));
    return { outputs: [shape] };
  },
  Shape: (view) => ({ outputs: [[partOfShape(view).length]] }),
  ConstantOfShape: (view) => ({ outputs: [view.stored(0)] }),
  Expand: (view) => ({ outputs: [broadcast(view.inputs[0] ?? [], view.stored(1))] }),
  Concat: (view) => {
    const [first = []] = view.inputs;
    const axis = view.int('axis', 0);
    return {
      outputs: [
        first.with(
          axis,
          view.inputs.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0),
        ),
      ],
    };
  },
  Split: (view) => ({ outputs: view.stored(1).map((size) => (view.inputs[0] ?? []).with(view.int('axis', 0), size)) }),
  Transpose: (view) => ({ outputs: [view.ints('perm').map((axis) => view.inputs[0]?.[axis] ?? 0)] }),
  Gather: ({ inputs: [table = [], indices = []] }) => ({ outputs: [[...indices, ...table.slice(1)]] }),
  ArgMax: (view) => ({ outputs: [(view.inputs[0] ?? []).toSpliced(view.int('axis', 0), 1)] }),
  GatherElements: ({ inputs: [, indices = []] }) => ({ outputs: [indices] }),
  OneHot: (view) => ({ outputs: [[...(view.inputs[0] ?? []), view.stored(1)[0] ?? 0]] }),
  LayerNormalization: ({ inputs: [x = []] }) => {
    const rows = [...x.slice(0, -1), 1];
    return { outputs: [x, rows, rows] };
  },
  // With transBatch the first axis of [rows, …batch, columns] comes after the batch.
  FusedMatMul: (view) => {
    const [a = [], b = []] = view.inputs;
    const moved = ([rows = 0, ...others]: Shape, move: boolean): Shape => (move ? others.toSpliced(-1, 0, rows) : [rows, ...others]);
    const factor = (shape: Shape, side: 'A' | 'B'): Shape =>
      swapped(moved(shape, view.int(`transBatch${side}`, 0) === 1), view.int(`trans${side}`, 0) === 1);
    return multiplied(factor(a, 'A'), factor(b, 'B'));
  },
  Conv: convolved,
  FusedConv: convolved,
  MatMul: ({ inputs: [a = [], b = []] }) => multiplied(a, b),
  // A product with nothing but stored ones multiplies nothing: it is how a sum over rows is written.
  Gemm: (view) => {
    const [a = [], b = []] = view.inputs;
    const result = multiplied(swapped(a, view.int('transA', 0) === 1), swapped(b, view.int('transB', 0) === 1));
    return view.isStored(0) && view.stored(0).every((value) => value === 1) ? { outputs: result.outputs } : result;
  },
};

/** Integers as protobuf hands them out: numbers, or Longs that know their number. */
const number = (value: number | { toNumber(): number } | null | undefined): number =>
  typeof value === 'object' && value !== null ? value.toNumber() : (value ?? 0);

const storedValues = (tensor: onnx.ITensorProto): readonly number[] => {
  const { buffer } = Uint8Array.from(tensor.rawData ?? []);
  const { DataType } = protobuf.onnx.TensorProto;
  if (tensor.dataType === DataType.INT64) return Array.from(new BigInt64Array(buffer), Number);
  return Array.from(tensor.dataType === DataType.INT32 ? new Int32Array(buffer) : new Float32Array(buffer));
};

export interface OnnxCount {
  /** FLOPs of all matrix products: two a multiply-add. */
  readonly matmul: number;
  readonly nodes: ReadonlyMap<string, number>;
}

/** What a graph sees of the graphs around it. */
interface Scope {
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly initializers: ReadonlyMap<string, onnx.ITensorProto>;
}

interface Walked {
  readonly matmul: number;
  readonly outputs: readonly Shape[];
}

const declaredShape = ({ type }: onnx.IValueInfoProto): Shape =>
  (type?.tensorType?.shape?.dim ?? []).map(({ dimValue }) => number(dimValue));

const walk = (graph: onnx.IGraphProto, outer: Scope, nodes: Map<string, number>): Walked => {
  const initializers = new Map([...outer.initializers, ...(graph.initializer ?? []).map((tensor) => [tensor.name ?? '', tensor] as const)]);
  const shapes = new Map(outer.shapes);
  for (const { name, dims } of graph.initializer ?? []) shapes.set(name ?? '', (dims ?? []).map(number));
  for (const input of graph.input ?? []) shapes.set(input.name ?? '', declaredShape(input));
  /** Integers that the graph computes from shapes. */
  const computed = new Map<string, readonly number[]>();
  const valuesOf = (name: string): readonly number[] | undefined => {
    const tensor = initializers.get(name);
    return tensor === undefined ? computed.get(name) : storedValues(tensor);
  };
  const compute = (type: string, names: readonly string[], view: Pick<NodeView, 'inputs' | 'int'>): readonly number[] | undefined => {
    if (type === 'Shape') return partOfShape(view);
    if (type === 'Abs') return valuesOf(names[0] ?? '')?.map(Math.abs);
    if (type !== 'Concat') return undefined;
    const parts = names.map((name) => (shapes.get(name)?.length === 1 ? valuesOf(name) : undefined));
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  };
  let matmul = 0;

  /** A graph that runs once for each entry of the scanned inputs' first axis; what it gives besides its state is stacked. */
  const scan = (body: onnx.IGraphProto, inputs: readonly Shape[], scanned: number): NodeResult => {
    const kept = inputs.length - scanned;
    const rounds = inputs.at(-1)?.[0] ?? 0;
    inputs.forEach((shape, index) => {
      assert.deepEqual(declaredShape(body.input?.[index] ?? {}), index < kept ? shape : shape.slice(1));
      if (index >= kept) assert.equal(shape[0], rounds);
    });
    const round = walk(body, { shapes, initializers }, nodes);
    return { outputs: round.outputs.map((shape, index) => (index < kept ? shape : [rounds, ...shape])), matmul: rounds * round.matmul };
  };

  /** Two graphs of which one runs: they give the same shapes, and cost the same. */
  const either = (branches: readonly (onnx.IGraphProto | null | undefined)[]): NodeResult => {
    const [one, other] = branches.map((branch) => walk(branch ?? assert.fail('an If has two branches'), { shapes, initializers }, nodes));
    assert.deepEqual(one, other);
    return one ?? assert.fail('an If has two branches');
  };

  for (const node of graph.node ?? []) {
    const type = node.opType ?? '';
    const names = node.input ?? [];
    const attribute = (name: string) => node.attribute?.find((given) => given.name === name);
    const inputs = names.map((name) => (name === '' ? [] : (shapes.get(name) ?? assert.fail(`${type} reads ${name} before it is there`))));
    const int = (name: string, otherwise: number): number => (attribute(name) === undefined ? otherwise : number(attribute(name)?.i));
    const result =
      type === 'Scan'
        ? scan(attribute('body')?.g ?? assert.fail('a Scan has a body'), inputs, number(attribute('num_scan_inputs')?.i))
        : type === 'If'
          ? either([attribute('then_branch')?.g, attribute('else_branch')?.g])
          : (rules[type] ?? assert.fail(`no rule for ${type}`))({
              inputs,
              stored: (index) =>
                valuesOf(names[index] ?? '') ?? assert.fail(`${type}: input ${index} is neither stored nor computed from shapes`),
              isStored: (index) => initializers.has(names[index] ?? ''),
              int,
              ints: (name) => (attribute(name)?.ints ?? []).map(number),
            });
    const integers = compute(type, names, { inputs, int });
    if (integers !== undefined) computed.set(node.output?.[0] ?? '', integers);
    (node.output ?? []).forEach((name, index) => {
      if (name !== '') shapes.set(name, result.outputs[index] ?? assert.fail(`${type}: no rule for output ${index}`));
    });
    matmul += result.matmul ?? 0;
    nodes.set(type, (nodes.get(type) ?? 0) + 1);
  }
  const outputs = (graph.output ?? []).map((output) => {
    const shape = shapes.get(output.name ?? '') ?? assert.fail(`${output.name} is not there`);
    assert.deepEqual(shape, declaredShape(output), output.name ?? '');
    return shape;
  });
  return { matmul, outputs };
};

/** Walks the model's nodes in order. Fails on an operation that it has no rule for, and on an output whose shape is not the declared one. */
export const countOnnx = (bytes: Uint8Array): OnnxCount => {
  const { graph } = protobuf.onnx.ModelProto.decode(bytes);
  assert.ok(graph);
  const nodes = new Map<string, number>();
  const { matmul } = walk(graph, { shapes: new Map(), initializers: new Map() }, nodes);
  return { matmul, nodes };
};
