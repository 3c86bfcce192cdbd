/**
 * ONNX Runtime sessions as backends: the whole step is one session run, whose outputs become the next run's inputs as they are.
 * Not here: how values are passed (`passing.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Backend, BackendError, Capabilities, DeviceTensor, Executable, HostTensor, TensorData } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { bytesOf, type Program, sizeOf, type TensorType } from '../../src/program/program.js';
import { everyRewrite } from '../../src/program/rewrite/index.js';
import { messageOf } from '../../src/thrown.js';
import { legalFor } from '../legal.js';
import { type LoweringTable, lower, operationsOf } from './lowering.js';
import { freshPassing, reusedPassing } from './passing.js';

/** What this file needs of a runtime package. */
export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof OrtTensor;
}

/** How values get to where a provider keeps them, and back. */
export interface Transport {
  readonly up: (tensor: OrtTensor) => Promise<OrtTensor>;
  readonly down: (tensor: OrtTensor) => Promise<OrtTensor>;
  readonly close: () => Promise<void>;
}

export interface OnnxBackendOptions {
  readonly name: string;
  readonly runtime: OnnxRuntime;
  readonly capabilities: Omit<Capabilities, 'operations' | 'precision' | 'rewrites'>;
  readonly lowerings: LoweringTable;
  /** Options of a program's session. */
  readonly session: (program: Program) => InferenceSession.SessionOptions;
  /** Left out where the provider computes on host memory. */
  readonly transport?: Transport;
  /** Whether results are computed into the memory of earlier ones (`passing.ts`). */
  readonly reusesMemory?: boolean;
}

class OnnxTensor implements DeviceTensor {
  constructor(
    readonly type: TensorType,
    readonly backend: string,
    readonly value: OrtTensor,
  ) {}
}

const isDevice = (tensor: DeviceTensor | HostTensor): tensor is DeviceTensor => 'backend' in tensor;

const onHost: Transport = { up: async (tensor) => tensor, down: async (tensor) => tensor, close: async () => undefined };

export const createOnnxBackend = ({ name, runtime, lowerings, session: sessionOptions, ...options }: OnnxBackendOptions): Backend => {
  const capabilities: Capabilities = {
    ...options.capabilities,
    precision: 'f32',
    rewrites: everyRewrite,
    operations: operationsOf(lowerings),
  };
  const { transport = onHost } = options;
  const sessions = new Set<InferenceSession>();
  const held = new Set<OnnxTensor>();
  /** Sessions on their way out: what becomes of them is told when the backend closes. */
  const leaving = new Set<Promise<void>>();

  const failed = (message: string): BackendError => ({ kind: 'failed', backend: name, message: `${name}: ${message}` });
  const wrap = (type: TensorType, data: TensorData): OrtTensor =>
    type.dtype === 'i32'
      ? new runtime.Tensor('int32', data as Int32Array, type.shape)
      : new runtime.Tensor('float32', data as Float32Array, type.shape);

  const keep = (type: TensorType, value: OrtTensor): OnnxTensor => {
    const tensor = new OnnxTensor(type, name, value);
    held.add(tensor);
    return tensor;
  };

  const passing =
    options.reusesMemory === true
      ? reusedPassing((type) =>
          wrap(type, type.dtype === 'i32' ? new Int32Array(sizeOf(type.shape)) : new Float32Array(sizeOf(type.shape))),
        )
      : freshPassing;

  const drop = (tensor: OnnxTensor): void => {
    if (held.delete(tensor)) passing.recycle(tensor.type, tensor.value);
  };

  /** Settled either way: a rejection is kept for `close`, and does not end the process meanwhile. */
  const release = (session: InferenceSession): void => {
    const ending = session.release();
    leaving.add(ending);
    ending.then(
      () => leaving.delete(ending),
      () => undefined,
    );
  };

  const runtimeTensor = (tensor: DeviceTensor | HostTensor): OrtTensor => {
    if (tensor instanceof OnnxTensor) return tensor.value;
    if (isDevice(tensor)) throw new Error(`a tensor of backend ${tensor.backend} was given to ${name}`);
    return wrap(tensor.type, tensor.data);
  };

  const executable = (program: Program, session: InferenceSession): Executable => {
    const types = program.outputs.map(({ value }) => program.types[value] as TensorType);
    const run = passing.runner(session, program);
    return {
      program,
      flops: flopsOf(program),
      run: (inputs) => async () => {
        const given = inputs.map(runtimeTensor);
        try {
          const results = await run(given);
          return E.right(types.map((type, index) => keep(type, results[index] as OrtTensor)));
        } catch (error) {
          return E.left(failed(`${program.name} failed while it ran: ${messageOf(error)}`));
        }
      },
      dispose: () => {
        // Another program's results have other shapes.
        passing.clear();
        if (sessions.delete(session)) release(session);
      },
    };
  };

  return {
    name,
    capabilities,
    compile: (program) => {
      const legal = legalFor(name, capabilities, program);
      if (E.isLeft(legal)) return TE.left(legal.left);
      return TE.tryCatch(
        async () => {
          const session = await runtime.InferenceSession.create(lower(legal.right, lowerings, passing), sessionOptions(legal.right));
          sessions.add(session);
          return executable(legal.right, session);
        },
        (error) => failed(`${program.name} did not compile: ${messageOf(error)}`),
      );
    },
    upload: ({ type, data }) =>
      TE.tryCatch(
        async () => keep(type, await transport.up(wrap(type, type.dtype === 'i32' ? Int32Array.from(data) : Float32Array.from(data)))),
        (error) => failed(`an upload failed: ${messageOf(error)}`),
      ),
    download: (tensor) =>
      tensor instanceof OnnxTensor
        ? TE.tryCatch(
            async () => ({ type: tensor.type, data: ((await transport.down(tensor.value)).data as Float32Array | Int32Array).slice() }),
            (error) => failed(`a download failed: ${messageOf(error)}`),
          )
        : TE.left(failed(`a tensor of backend ${tensor.backend} was asked of ${name}`)),
    release: (tensor) => {
      if (tensor instanceof OnnxTensor) drop(tensor);
    },
    memory: () => ({ held: [...held].reduce((sum, { type }) => sum + bytesOf(type), 0), pooled: passing.pooled() }),
    close: () =>
      TE.tryCatch(
        async () => {
          for (const session of sessions) release(session);
          sessions.clear();
          for (const tensor of held) drop(tensor);
          passing.clear();
          const ends = await Promise.allSettled(leaving);
          leaving.clear();
          await transport.close();
          for (const end of ends) if (end.status === 'rejected') throw end.reason;
        },
        (error) => failed(`did not close: ${messageOf(error)}`),
      ),
  };
};
