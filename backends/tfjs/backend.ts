/**
 * Programs on a tfjs backend, kernel by kernel: each value is freed at its last use, so between two runs only what callers hold (and
 * an executable's constants) is left. Not here: any tfjs backend by name (`cpu.ts`, `wasm.ts`, `webgpu.ts`).
 */

import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError, Capabilities, DeviceTensor, Executable, HostTensor } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { deathsOf } from '../../src/program/liveness.js';
import type { OperationName } from '../../src/program/operations/index.js';
import { bytesOf, type Program, type TensorType, type ValueId } from '../../src/program/program.js';
import { everyRewrite } from '../../src/program/rewrite/index.js';
import { messageOf } from '../../src/thrown.js';
import { legalFor } from '../legal.js';
import { type Lowering, type LoweringTable, lowerableWith, operationsOf } from './lowering.js';
import { Constants, elementTypeOf, type Kernels, Scope, writeTensor } from './scope.js';

/** What one tfjs backend does otherwise than the others. */
export interface TfjsDevice {
  readonly kernels: Kernels;
  /** The tensor's values; a copy. */
  readonly read: (tensor: TensorInfo) => Promise<Float32Array | Int32Array>;
  /** Hands over what the kernels of a run have recorded. */
  readonly flush: () => void;
  /** What has gone wrong with the device since it was made, if anything. */
  readonly trouble: () => string | undefined;
  /** Bytes that the device keeps for reuse. */
  readonly pooled: () => number;
  readonly close: () => Promise<void>;
}

export interface TfjsBackendOptions {
  readonly name: string;
  readonly capabilities: Omit<Capabilities, 'operations' | 'precision' | 'rewrites'>;
  /** What this backend may lower; entries that need a kernel which it has not are left out. */
  readonly lowerings: LoweringTable;
  readonly device: TfjsDevice;
}

export interface TfjsBackend extends Backend {
  /** Tensors that the tfjs backend holds, whoever made them: for tests of what is freed. */
  readonly tensors: () => number;
}

class TfjsTensor implements DeviceTensor {
  constructor(
    readonly type: TensorType,
    readonly backend: string,
    readonly info: TensorInfo,
  ) {}
}

/** Values of a run that are alive and its own to free. */
class Alive {
  readonly #values = new Map<ValueId, TensorInfo>();

  constructor(private readonly kernels: Kernels) {}

  put(id: ValueId, tensor: TensorInfo): void {
    this.#values.set(id, tensor);
  }

  get(id: ValueId): TensorInfo | undefined {
    return this.#values.get(id);
  }

  free(id: ValueId): void {
    const tensor = this.#values.get(id);
    if (tensor !== undefined) this.kernels.backend.disposeData(tensor.dataId);
    this.#values.delete(id);
  }

  freeAll(): void {
    for (const id of [...this.#values.keys()]) this.free(id);
  }
}

export const createTfjsBackend = ({ name, lowerings, device, ...options }: TfjsBackendOptions): TfjsBackend => {
  const { kernels } = device;
  const { backend } = kernels;
  const table = lowerableWith(lowerings, (kernel) => kernels.kernel(kernel) !== undefined);
  const capabilities: Capabilities = { ...options.capabilities, precision: 'f32', rewrites: everyRewrite, operations: operationsOf(table) };
  const held = new Set<TfjsTensor>();
  const executables = new Set<Constants>();

  const failed = (message: string): BackendError => ({ kind: 'failed', backend: name, message: `${name}: ${message}` });

  const keep = (type: TensorType, info: TensorInfo): TfjsTensor => {
    const tensor = new TfjsTensor(type, name, info);
    held.add(tensor);
    return tensor;
  };

  const infoOf = (tensor: DeviceTensor): TensorInfo => {
    if (!(tensor instanceof TfjsTensor)) throw new Error(`a tensor of backend ${tensor.backend} was given to ${name}`);
    if (!held.has(tensor)) throw new Error(`a tensor was given to ${name} that it does not hold (any more)`);
    return tensor.info;
  };

  const write = ({ type, data }: HostTensor): TensorInfo =>
    writeTensor(backend, type.shape, type.dtype, type.dtype === 'i32' ? Int32Array.from(data) : Float32Array.from(data));

  /** Does it unless the device is in trouble; what kernels throw is a failure of the run, and so is trouble that came meanwhile. */
  const attempt = <A>(what: string, action: () => A | Promise<A>): TE.TaskEither<BackendError, A> =>
    pipe(
      TE.fromEither(troubleOr(what)),
      TE.flatMap(() =>
        TE.tryCatch(
          async () => action(),
          (error) => failed(`${what} failed: ${device.trouble() ?? messageOf(error)}`),
        ),
      ),
      TE.flatMap((result) => TE.fromEither(E.map(() => result)(troubleOr(what)))),
    );
  const troubleOr = (what: string): E.Either<BackendError, void> => {
    const trouble = device.trouble();
    return trouble === undefined ? E.right(undefined) : E.left(failed(`${what} failed: ${trouble}`));
  };

  // The table gives each operation its own node; TypeScript cannot follow that through a union of names.
  const lowerOf = (operation: OperationName): Lowering<never>['lower'] => {
    const lowering = table[operation] as Lowering<never> | undefined;
    if (lowering === undefined) throw new Error(`${operation} was not decomposed`);
    return lowering.lower;
  };

  const runner = (program: Program, constants: Constants) => {
    const typeOf = (id: ValueId): TensorType => program.types[id] as TensorType;
    const deaths = deathsOf(program);
    const steps = program.nodes.map((node, index) => ({
      node,
      lower: lowerOf(node.operation),
      inputTypes: node.inputs.map(typeOf),
      outputTypes: node.outputs.map(typeOf),
      deaths: deaths[index] ?? [],
    }));

    return (inputs: readonly (DeviceTensor | HostTensor)[]): readonly TfjsTensor[] => {
      const given = new Map<ValueId, TensorInfo>();
      const alive = new Alive(kernels);
      const look = (id: ValueId): TensorInfo => {
        const tensor = alive.get(id) ?? given.get(id);
        if (tensor === undefined) throw new Error(`${program.name}: value ${id} is read before it is written`);
        return tensor;
      };
      try {
        program.inputs.forEach(({ value }, index) => {
          const input = inputs[index];
          if (input === undefined) throw new Error(`${program.name} takes ${program.inputs.length} inputs (was ${inputs.length})`);
          if ('backend' in input) given.set(value, infoOf(input));
          else alive.put(value, write(input));
        });
        for (const { node, lower, inputTypes, outputTypes, deaths: dead } of steps) {
          const scope = new Scope(kernels, constants);
          let outputs: readonly TensorInfo[] = [];
          try {
            outputs = lower({ scope, node, inputs: node.inputs.map(look), inputTypes, outputTypes } as never);
            node.outputs.forEach((id, index) => {
              const output = outputs[index];
              if (output !== undefined) alive.put(id, output);
            });
          } finally {
            scope.end(outputs);
          }
          for (const id of dead) alive.free(id);
        }
        // An output is one more owner, so that values which are given, or returned twice, need no copy.
        return program.outputs.map(({ value }) => {
          const { dataId } = look(value);
          backend.incRef(dataId);
          return keep(typeOf(value), { dataId, shape: [...typeOf(value).shape], dtype: elementTypeOf(typeOf(value).dtype) });
        });
      } finally {
        alive.freeAll();
        device.flush();
      }
    };
  };

  const executableOf = (program: Program): Executable => {
    const constants = new Constants(backend);
    executables.add(constants);
    const run = runner(program, constants);
    return {
      program,
      flops: flopsOf(program),
      run: (inputs) => attempt(program.name, () => run(inputs)),
      dispose: () => {
        if (executables.delete(constants)) constants.dispose();
      },
    };
  };

  return {
    name,
    capabilities,
    compile: (program) => {
      const legal = legalFor(name, capabilities, program);
      if (E.isLeft(legal)) return TE.left(legal.left);
      return TE.fromIO(() => executableOf(legal.right));
    },
    upload: (tensor) => attempt('an upload', () => keep(tensor.type, write(tensor))),
    download: (tensor) => attempt('a download', async () => ({ type: tensor.type, data: await device.read(infoOf(tensor)) })),
    release: (tensor) => {
      backend.disposeData(infoOf(tensor).dataId);
      held.delete(tensor as TfjsTensor);
    },
    memory: () => ({ held: [...held].reduce((sum, { type }) => sum + bytesOf(type), 0), pooled: device.pooled() }),
    tensors: () => backend.numDataIds(),
    close: () =>
      TE.tryCatch(
        async () => {
          for (const constants of executables) constants.dispose();
          executables.clear();
          for (const { info } of held) backend.disposeData(info.dataId);
          held.clear();
          await device.close();
        },
        (error) => failed(`did not close: ${messageOf(error)}`),
      ),
  };
};
