/**
 * `reference`: float64 on plain arrays, primitives only, everything else by decomposition. The other backends are tested against it; it is far too
 * slow for training.
 */

import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Backend, type Capabilities, type DeviceTensor, failed, type HostTensor } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import type { OperationName } from '../../src/program/operations/index.js';
import { type Program, type TensorType, typeIn, type ValueId } from '../../src/program/program.js';
import { legalFor } from '../legal.js';
import { kernels, type Values } from './kernels.js';

const NAME = 'reference';
const supported: ReadonlySet<OperationName> = new Set(Object.keys(kernels) as OperationName[]);

class ReferenceTensor implements DeviceTensor {
  readonly backend = NAME;
  constructor(
    readonly type: TensorType,
    readonly values: Values,
  ) {}
}

const valuesOf = (tensor: DeviceTensor | HostTensor): Values => {
  if (tensor instanceof ReferenceTensor) return tensor.values;
  if ('backend' in tensor) throw new Error(`a tensor of backend ${tensor.backend} was given to ${NAME}`);
  return Float64Array.from(tensor.data);
};

/** Evaluates a program of primitives: outputs in order. */
const evaluate = (program: Program, inputs: readonly Values[]): readonly ReferenceTensor[] => {
  const values = new Map<ValueId, Values>(program.inputs.map(({ value }, index) => [value, inputs[index] as Values]));
  const typeOf = (id: ValueId): TensorType => typeIn(program, id);
  for (const node of program.nodes) {
    const kernel = (kernels as Partial<Record<OperationName, (call: never) => Values>>)[node.operation];
    if (kernel === undefined) throw new Error(`${node.operation} was not decomposed`);
    const inputs = node.inputs.map((id) => ({ type: typeOf(id), values: values.get(id) as Values }));
    for (const [index, id] of node.outputs.entries()) values.set(id, kernel({ node, inputs, index, output: typeOf(id) } as never));
  }
  return program.outputs.map(({ value }) => new ReferenceTensor(typeOf(value), values.get(value) as Values));
};

const capabilities: Capabilities = {
  precision: 'f64',
  operations: supported,
  // No rewrites: the other backends are compared with the textbook's program.
  rewrites: new Set(),
  state: 'host',
  stateCopies: 0,
  device: 'CPU, plain loops',
  versions: {},
};

export const createReference = (): Backend => {
  let held = 0;
  const keep = (tensor: ReferenceTensor): ReferenceTensor => {
    held += tensor.values.byteLength;
    return tensor;
  };
  return {
    name: NAME,
    capabilities,
    compile: (program) => {
      const legal = legalFor(NAME, capabilities, program);
      if (E.isLeft(legal)) return TE.left(legal.left);
      return TE.right({
        program: legal.right,
        flops: flopsOf(legal.right),
        run: (inputs) => TE.fromIO(() => evaluate(legal.right, inputs.map(valuesOf)).map(keep)),
        dispose: () => undefined,
      });
    },
    upload: (tensor) => TE.fromIO(() => keep(new ReferenceTensor(tensor.type, Float64Array.from(tensor.data)))),
    download: (tensor) =>
      tensor instanceof ReferenceTensor
        ? TE.right({ type: tensor.type, data: tensor.type.dtype === 'i32' ? Int32Array.from(tensor.values) : tensor.values.slice() })
        : TE.left(failed(NAME, `a tensor of backend ${tensor.backend} was asked of ${NAME}`)),
    release: (tensor) => {
      if (tensor instanceof ReferenceTensor) held -= tensor.values.byteLength;
    },
    memory: () => ({ held, pooled: 0 }),
    close: () =>
      TE.fromIO(() => {
        held = 0;
      }),
  };
};
