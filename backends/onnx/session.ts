/**
 * ONNX Runtime sessions as backends: the whole step is one session run, whose outputs become the next run's inputs as they are.
 * So two sets of parameters and moments take turns.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Backend, BackendError, Capabilities, DeviceTensor, Executable, HostTensor, TensorData } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { legalize } from '../../src/program/legalize.js';
import type { Program, TensorType } from '../../src/program/program.js';
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

const isDevice = (tensor: DeviceTensor | HostTensor): tensor is DeviceTensor => 'backend' in tensor;

export const createOnnxBackend = ({ name, runtime, capabilities, session: sessionOptions }: OnnxBackendOptions): Backend => {
  const sessions = new Set<InferenceSession>();
  let held = 0;

  const failed = (message: string): BackendError => ({ kind: 'failed', backend: name, message: `${name}: ${message}` });
  const wrap = (type: TensorType, data: TensorData): OnnxTensor =>
    new OnnxTensor(
      type,
      name,
      type.dtype === 'i32'
        ? new runtime.Tensor('int32', data as Int32Array, type.shape)
        : new runtime.Tensor('float32', data as Float32Array, type.shape),
    );

  const keep = (tensor: OnnxTensor): OnnxTensor => {
    held += bytesOfType(tensor.type);
    return tensor;
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
      try {
        // Preallocated outputs would be filled and then copied all the same, so that a third set of state would be held.
        const results = await session.run(feeds);
        return E.right(
          program.outputs.map(({ value }, index) =>
            keep(new OnnxTensor(program.types[value] as TensorType, name, results[`o${index}`] as OrtTensor)),
          ),
        );
      } catch (error) {
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
    upload: ({ type, data }) => TE.fromIO(() => keep(wrap(type, type.dtype === 'i32' ? Int32Array.from(data) : Float32Array.from(data)))),
    download: (tensor) =>
      tensor instanceof OnnxTensor
        ? TE.right({ type: tensor.type, data: (tensor.value.data as Float32Array | Int32Array).slice() })
        : TE.left(failed(`a tensor of backend ${tensor.backend} was asked of ${name}`)),
    // The memory is the garbage collector's; what is counted is what callers hold.
    release: ({ type }) => {
      held -= bytesOfType(type);
    },
    memory: () => ({ held, pooled: 0 }),
    close: () =>
      TE.tryCatch(
        async () => {
          const open = [...sessions];
          sessions.clear();
          held = 0;
          await Promise.all(open.map((session) => session.release()));
        },
        (error) => failed(`did not close: ${error instanceof Error ? error.message : String(error)}`),
      ),
  };
};
