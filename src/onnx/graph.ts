/**
 * An ONNX graph under construction, and its encoding as a model file. Names and protobuf only. Not here: the lowering of vcycle's
 * operations (`elementary.ts`, and `backends/onnx/lowering.ts` for ONNX Runtime).
 */
import protobuf, { type onnx } from 'onnx-proto';
import { type DataType, type Shape, sizeOf } from '../program/program.js';
import type { ExternalData, ExternalPlace } from './external-data.js';

// The package is CommonJS: its only export is a property of the default.
const proto = protobuf.onnx;

/** The versions of the operation set and of the file format. */
export interface OnnxVersions {
  readonly opset: number;
  readonly ir: number;
}

/** Opset 23 is the first with Attention; FusedMatMul is ONNX Runtime's own. The IR version is the newest whose fields onnx-proto has. */
const VERSIONS: OnnxVersions = { opset: 23, ir: 10 };
const MICROSOFT = 'com.microsoft';

export type AttributeValue = number | string | readonly number[] | { readonly float: number } | { readonly graph: OnnxGraph };

export type OnnxType = DataType | 'i64';

/** Sizes, or names of sizes that are known only at run time. */
export type OnnxShape = readonly (number | string)[];

const elementType: Record<OnnxType, onnx.TensorProto.DataType> = {
  f32: proto.TensorProto.DataType.FLOAT,
  i32: proto.TensorProto.DataType.INT32,
  i64: proto.TensorProto.DataType.INT64,
};

const attribute = (name: string, value: AttributeValue): onnx.IAttributeProto => {
  const { AttributeType } = proto.AttributeProto;
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ('graph' in value) return { name, type: AttributeType.GRAPH, g: value.graph.proto(name) };
  return { name, type: AttributeType.INTS, ints: [...value] };
};

/** The values that a node reads, including those read in its subgraphs. */
const readsOf = ({ input, attribute }: onnx.INodeProto): readonly string[] => [
  ...(input ?? []),
  ...(attribute ?? []).flatMap(({ g }) => (g?.node ?? []).flatMap(readsOf)),
];

/** Without a shape, a value may have any rank. */
const valueInfo = (name: string, dtype: OnnxType, shape: OnnxShape | undefined): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: elementType[dtype],
      ...(shape === undefined
        ? {}
        : { shape: { dim: shape.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size })) } }),
    },
  },
});

const bytesOf = (dtype: OnnxType, values: readonly number[] | Float32Array): Uint8Array => {
  const array =
    dtype === 'f32'
      ? Float32Array.from(values)
      : dtype === 'i32'
        ? Int32Array.from(values)
        : BigInt64Array.from(Array.from(values, BigInt));
  return new Uint8Array(array.buffer);
};

const atPlace = (place: ExternalPlace): Pick<onnx.ITensorProto, 'dataLocation' | 'externalData'> => ({
  dataLocation: proto.TensorProto.DataLocation.EXTERNAL,
  externalData: Object.entries(place).map(([key, value]) => ({ key, value: String(value) })),
});

export class OnnxGraph {
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #inputs: onnx.IValueInfoProto[] = [];
  readonly #outputs: onnx.IValueInfoProto[] = [];
  readonly #types: onnx.IValueInfoProto[] = [];
  readonly #once = new Map<string, string>();
  readonly #initializers = new Map<string, { readonly name: string; readonly tensor: onnx.ITensorProto }>();
  #fresh = 0;

  /** @param prefix the beginning of all names of a subgraph: names of the outer graph are visible in it and must differ */
  constructor(private readonly prefix = '') {}

  input(name: string, dtype: OnnxType, shape?: OnnxShape): void {
    this.#inputs.push(valueInfo(name, dtype, shape));
  }

  output(name: string, dtype: OnnxType, shape?: OnnxShape): void {
    this.#outputs.push(valueInfo(name, dtype, shape));
  }

  /** The type of an intermediate value that a runtime cannot infer. */
  typed(name: string, dtype: OnnxType, shape: OnnxShape): void {
    this.#types.push(valueInfo(name, dtype, shape));
  }

  /** An empty sequence as the next output (`backends/onnx/passing.ts` explains its purpose). */
  emptySequenceOutput(name: string): void {
    this.node('SequenceEmpty', [], [name]);
    this.#outputs.push({ name, type: { sequenceType: { elemType: { tensorType: { elemType: elementType.f32 } } } } });
  }

  /** A new name for an intermediate value of a lowering. */
  fresh(): string {
    return `${this.prefix}t${this.#fresh++}`;
  }

  /** A tensor stored in the model; equal ones (by `key`) are stored once. */
  initializer(key: string, dtype: OnnxType, shape: Shape, values: () => readonly number[] | Float32Array): string {
    const known = this.#initializers.get(key);
    if (known !== undefined) return known.name;
    const name = `${this.prefix}c${this.#initializers.size}`;
    const data = values();
    if (data.length !== sizeOf(shape)) throw new Error(`initializer ${key} has ${data.length} values for [${shape}]`);
    this.#initializers.set(key, { name, tensor: { name, dims: [...shape], dataType: elementType[dtype], rawData: bytesOf(dtype, data) } });
    return name;
  }

  /** A tensor stored under its own name, without copying; in `beside`, where it is given. */
  stored(name: string, shape: Shape, data: Float32Array, beside?: ExternalData): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const values = beside === undefined ? { rawData: bytes } : atPlace(beside.add(bytes));
    this.#initializers.set(`stored ${name}`, { name, tensor: { name, dims: [...shape], dataType: elementType.f32, ...values } });
  }

  scalar(value: number): string {
    return this.initializer(`scalar ${value}`, 'f32', [], () => [value]);
  }

  /** A 1-D tensor of 64-bit integers, the form of shapes and axes. */
  integers(values: readonly number[]): string {
    return this.initializer(`integers ${values}`, 'i64', [values.length], () => values);
  }

  node(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain: '' | typeof MICROSOFT = '',
  ): void {
    this.#nodes.push({
      opType,
      domain,
      name: `${this.prefix}n${this.#nodes.length}`,
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
  }

  /** Adds a node with one output, and returns the output's new name. */
  value(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    const name = this.fresh();
    this.node(opType, inputs, [name], attributes);
    return name;
  }

  /** The value that `make` adds; equal ones (by `key`) are added once. */
  once(key: string, make: () => string): string {
    const name = this.#once.get(key) ?? make();
    this.#once.set(key, name);
    return name;
  }

  /** Omits what nothing reads. */
  proto(name: string): onnx.IGraphProto {
    const read = new Set(this.#outputs.map((output) => output.name));
    const nodes: onnx.INodeProto[] = [];
    for (const node of [...this.#nodes].reverse()) {
      if (!node.output?.some((output) => read.has(output))) continue;
      nodes.push(node);
      for (const input of readsOf(node)) read.add(input);
    }
    return {
      name,
      node: nodes.reverse(),
      initializer: [...this.#initializers.values()].map(({ tensor }) => tensor),
      input: this.#inputs,
      output: this.#outputs,
      valueInfo: this.#types.filter(({ name }) => name != null && read.has(name)),
    };
  }

  encode(name: string, { opset, ir }: OnnxVersions = VERSIONS): Uint8Array {
    return proto.ModelProto.encode({
      irVersion: ir,
      producerName: 'vcycle',
      opsetImport: [
        { domain: '', version: opset },
        { domain: MICROSOFT, version: 1 },
      ],
      graph: this.proto(name),
    }).finish();
  }
}
