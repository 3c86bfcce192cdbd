/**
 * ONNX Runtime sessions as backends: the whole step is one session run, its outputs written into tensors that earlier steps gave
 * back. So two sets of parameters and moments take turns, and nothing is copied.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Backend, BackendError, Capabilities, DeviceTensor, Executable, HostTensor, TensorData } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { legalize } from '../../src/program/legalize.js';
import { type Program, sizeOf, type TensorType } from '../../src/program/program.js';
import { bytesOfType, lower } from './lowering.js';

/** What this file needs of a runtime package. */
export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof OrtTensor;
}

export interface OnnxBackendOptions {
  readonly name: string;
  readonly runtime: OnnxRuntime;
  readonly capabilities: Capabilities;
  readonly session: InferenceSession.SessionOptions;
}

class OnnxTensor implements DeviceTensor {
  constructor(
    readonly type: TensorType,
    readonly backend: string,
    readonly value: OrtTensor,
  ) {}
}

const poolKey = ({ dtype, shape }: TensorType): string => `${dtype} ${shape}`;

const isDevice = (tensor: DeviceTensor | HostTensor): tensor is DeviceTensor => 'backend' in tensor;

export const createOnnxBackend = ({ name, runtime, capabilities, session: sessionOptions }: OnnxBackendOptions): Backend => {
  const pool = new Map<string, OnnxTensor[]>();
  const sessions = new Set<InferenceSession>();
  const memory = { held: 0, pooled: 0 };

  const failed = (message: string): BackendError => ({ kind: 'failed', backend: name, message: `${name}: ${message}` });
  const wrap = (type: TensorType, data: TensorData): OnnxTensor =>
    new OnnxTensor(
      type,
      name,
      type.dtype === 'i32'
        ? new runtime.Tensor('int32', data as Int32Array, type.shape)
        : new runtime.Tensor('float32', data as Float32Array, type.shape),
    );

  /** Takes a tensor of that type back from the pool, or makes one. */
  const take = (type: TensorType): OnnxTensor => {
    const bytes = bytesOfType(type);
    memory.held += bytes;
    const pooled = pool.get(poolKey(type))?.pop();
    if (pooled !== undefined) {
      memory.pooled -= bytes;
      return pooled;
    }
    return wrap(type, type.dtype === 'i32' ? new Int32Array(sizeOf(type.shape)) : new Float32Array(sizeOf(type.shape)));
  };

  const release = (tensor: DeviceTensor): void => {
    if (!(tensor instanceof OnnxTensor)) return;
    const bytes = bytesOfType(tensor.type);
    memory.held -= bytes;
    memory.pooled += bytes;
    const key = poolKey(tensor.type);
    const free = pool.get(key);
    if (free === undefined) pool.set(key, [tensor]);
    else free.push(tensor);
  };

  const runtimeTensor = (tensor: DeviceTensor | HostTensor): OrtTensor => {
    if (tensor instanceof OnnxTensor) return tensor.value;
    if (isDevice(tensor)) throw new Error(`a tensor of backend ${tensor.backend} was given to ${name}`);
    return wrap(tensor.type, tensor.data).value;
  };

  const executable = (program: Program, session: InferenceSession): Executable => ({
    program,
    flops: flopsOf(program),
    run: (inputs) => async () => {
      const feeds: Record<string, OrtTensor> = {};
      inputs.forEach((input, index) => {
        feeds[`i${index}`] = runtimeTensor(input);
      });
      const outputs = program.outputs.map(({ value }) => take(program.types[value] as TensorType));
      const fetches: Record<string, OrtTensor> = {};
      outputs.forEach(({ value }, index) => {
        fetches[`o${index}`] = value;
      });
      try {
        await session.run(feeds, fetches);
        return E.right(outputs);
      } catch (error) {
        outputs.forEach(release);
        return E.left(failed(`${program.name} failed while it ran: ${error instanceof Error ? error.message : String(error)}`));
      }
    },
    dispose: () => {
      if (sessions.delete(session)) void session.release();
    },
  });

  return {
    name,
    capabilities,
    compile: (program) => {
      const legal = legalize(program, capabilities.operations);
      if (E.isLeft(legal))
        return TE.left({
          kind: 'unsupported',
          backend: name,
          message: `${name} cannot do the operation ${legal.left.operation} that ${legal.left.program} needs; choose another backend`,
        });
      return TE.tryCatch(
        async () => {
          const session = await runtime.InferenceSession.create(lower(legal.right), sessionOptions);
          sessions.add(session);
          return executable(legal.right, session);
        },
        (error) => failed(`${program.name} did not compile: ${error instanceof Error ? error.message : String(error)}`),
      );
    },
    upload: ({ type, data }) => {
      const tensor = take(type);
      (tensor.value.data as Float32Array | Int32Array).set(data);
      return TE.right(tensor);
    },
    download: (tensor) =>
      tensor instanceof OnnxTensor
        ? TE.right({ type: tensor.type, data: (tensor.value.data as Float32Array | Int32Array).slice() })
        : TE.left(failed(`a tensor of backend ${tensor.backend} was asked of ${name}`)),
    release,
    memory: () => ({ ...memory }),
    close: () =>
      TE.tryCatch(
        async () => {
          pool.clear();
          memory.pooled = 0;
          const open = [...sessions];
          sessions.clear();
          await Promise.all(open.map((session) => session.release()));
        },
        (error) => failed(`did not close: ${error instanceof Error ? error.message : String(error)}`),
      ),
  };
};
