/**
 * A tfjs backend as one of vcycle's: between two runs it holds only callers' tensors and executables' constants. Not here: a run (`runner.ts`), any
 * particular tfjs backend (`cpu.ts`, `wasm.ts`, `webgpu.ts`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Backend, type BackendError, type Capabilities, type Executable, failed } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import type { Program } from '../../src/program/program.js';
import { portableRewrites } from '../../src/program/rewrite/index.js';
import { messageOf } from '../../src/thrown.js';
import { legalFor } from '../legal.js';
import { type LoweringTable, lowerableWith, operationsOf } from './lowering.js';
import { runnerOf } from './runner.js';
import { Constants, type Kernels } from './scope.js';
import { Tensors } from './tensors.js';

/** The differences between tfjs backends. */
export interface TfjsDevice {
  readonly kernels: Kernels;
  /** The tensor's values; a copy. */
  readonly read: (tensor: TensorInfo) => Promise<Float32Array | Int32Array>;
  /** Submits what the kernels of a run have recorded. */
  readonly flush: () => void;
  /** The error of the device since it was created, if there is one. */
  readonly trouble: () => string | undefined;
  /** Bytes kept on the device for reuse. */
  readonly pooled: () => number;
  readonly close: () => Promise<void>;
}

/** What is nothing to do for a device that computes when it is told to, keeps nothing for reuse, and serves all backends of a process. */
export const atOnce = { flush: () => undefined, trouble: () => undefined, pooled: () => 0, close: async () => undefined } as const;

export interface TfjsBackendOptions {
  readonly name: string;
  readonly capabilities: Omit<Capabilities, 'operations' | 'precision' | 'rewrites'>;
  /** What this backend may lower; entries that need a missing kernel are omitted. */
  readonly lowerings: LoweringTable;
  readonly device: TfjsDevice;
}

export interface TfjsBackend extends Backend {
  /** The number of tensors that the tfjs backend holds, for tests of what is freed. */
  readonly tensors: () => number;
}

/** Runs it unless the device has failed; errors of kernels are failures, and so are device errors that occurred meanwhile. */
const attempting =
  (name: string, device: TfjsDevice) =>
  <A>(what: string, action: () => A | Promise<A>): TE.TaskEither<BackendError, A> =>
  async () => {
    const failure = (why: string): E.Either<BackendError, never> => E.left(failed(name, `${what} failed: ${why}`));
    const earlier = device.trouble();
    if (earlier !== undefined) return failure(earlier);
    try {
      const result = await action();
      const meanwhile = device.trouble();
      return meanwhile === undefined ? E.right(result) : failure(meanwhile);
    } catch (error) {
      return failure(device.trouble() ?? messageOf(error));
    }
  };

export const createTfjsBackend = ({ name, lowerings, device, ...options }: TfjsBackendOptions): TfjsBackend => {
  const { kernels } = device;
  const { backend } = kernels;
  const table = lowerableWith(lowerings, (kernel) => kernels.kernel(kernel) !== undefined);
  const capabilities: Capabilities = {
    ...options.capabilities,
    precision: 'f32',
    rewrites: portableRewrites,
    operations: operationsOf(table),
  };
  const tensors = new Tensors(name, backend);
  const executables = new Set<Constants>();
  const attempt = attempting(name, device);

  const executableOf = (program: Program): Executable => {
    const constants = new Constants(backend);
    executables.add(constants);
    const run = runnerOf(program, table, kernels, constants, tensors);
    return {
      program,
      flops: flopsOf(program),
      run: (inputs) =>
        attempt(program.name, () => {
          try {
            return run(inputs);
          } finally {
            device.flush();
          }
        }),
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
      return E.isLeft(legal) ? TE.left(legal.left) : TE.fromIO(() => executableOf(legal.right));
    },
    upload: (tensor) => attempt('an upload', () => tensors.keep(tensor.type, tensors.write(tensor))),
    download: (tensor) => attempt('a download', async () => ({ type: tensor.type, data: await device.read(tensors.infoOf(tensor)) })),
    release: (tensor) => tensors.release(tensor),
    memory: () => ({ held: tensors.bytes(), pooled: device.pooled() }),
    tensors: () => backend.numDataIds(),
    close: () =>
      TE.tryCatch(
        async () => {
          for (const constants of executables) constants.dispose();
          executables.clear();
          tensors.releaseAll();
          await device.close();
        },
        (error) => failed(name, `did not close: ${messageOf(error)}`),
      ),
  };
};
