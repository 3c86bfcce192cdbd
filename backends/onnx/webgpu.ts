/**
 * `onnx-webgpu`: the WebGPU provider of ONNX Runtime, in a browser as in Node. State stays on the device between steps; each step copies only the
 * batch and the scalars to the device, and the loss and the gradient's norm back. Not here: the nodes of operations (`webgpu-lowering.ts`), Node's
 * package (`webgpu-node.ts`).
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Backend, Capabilities } from '../../src/backend.js';
import { OnnxGraph } from '../../src/onnx/graph.js';
import type { DataType, Program, Role } from '../../src/program/program.js';
import { messageOf } from '../../src/thrown.js';
import { createOnnxBackend } from './backend.js';
import type { OnnxRuntime, Transport } from './runtime.js';
import type { Signature } from './signature.js';
import { webgpuLowerings } from './webgpu-lowering.js';

const NAME = 'onnx-webgpu';

/** Its shaders leave open which of two values is chosen where one is NaN; its logarithm of NaN is a number. */
const HIDES = new Set(['max', 'minimum', 'log'] as const);

const sessionOptions = (preferredOutputLocation: InferenceSession.SessionOptions['preferredOutputLocation']) =>
  ({
    executionProviders: ['webgpu'],
    // Its CPU threads have nothing to do, and would be one for each core of the machine, pinned to it.
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
    ...(preferredOutputLocation === undefined ? {} : { preferredOutputLocation }),
    // Otherwise a node that the provider lacks would silently run on the CPU.
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  }) satisfies InferenceSession.SessionOptions;

/** Outputs that are read back at once. */
const LOOKED_AT: ReadonlySet<Role> = new Set<Role>(['loss', 'gradientNorm', 'objective', 'logits']);

/** What becomes an input again stays on the device; what is only read is copied to the host. */
const locationsOf = ({ outputs }: Program, { outputs: { ports } }: Signature): Record<string, 'gpu-buffer' | 'cpu'> =>
  Object.fromEntries(outputs.map(({ role }, index) => [ports[index]?.name, LOOKED_AT.has(role) ? 'cpu' : 'gpu-buffer']));

/**
 * Values are transferred by sessions that return their input: in Node a tensor's own `getData` cannot read a device buffer, and there is no call that
 * creates one.
 */
const createTransport = async ({ InferenceSession }: OnnxRuntime): Promise<Transport> => {
  const through = (dtype: DataType, location: 'gpu-buffer' | 'cpu'): Promise<InferenceSession> => {
    const graph = new OnnxGraph();
    graph.input('i', dtype);
    graph.output('o', dtype);
    graph.node('Identity', ['i'], ['o']);
    return InferenceSession.create(graph.encode(`${location} ${dtype}`), sessionOptions(location));
  };
  const sessions = {
    up: { float32: await through('f32', 'gpu-buffer'), int32: await through('i32', 'gpu-buffer') },
    down: { float32: await through('f32', 'cpu'), int32: await through('i32', 'cpu') },
  };
  const send = async (way: 'up' | 'down', tensor: OrtTensor): Promise<OrtTensor> => {
    const session = sessions[way][tensor.type === 'int32' ? 'int32' : 'float32'];
    const { o } = await session.run({ i: tensor });
    if (o === undefined) throw new Error('nothing came through');
    return o as OrtTensor;
  };
  return {
    up: (tensor) => send('up', tensor),
    down: async (tensor) => (tensor.location === 'gpu-buffer' ? send('down', tensor) : tensor),
    close: async () => {
      await Promise.all(Object.values(sessions).flatMap((pair) => Object.values(pair).map((session) => session.release())));
    },
  };
};

/** ONNX Runtime's messages begin with a place in its source and a condition, before the sentence. */
export const sentenceOf = (error: unknown): string => {
  const message = messageOf(error);
  return (/Failed to [^\n]*/.exec(message)?.[0] ?? message).trim();
};

/** The backend on a runtime with that provider. Left: why there is no device. */
export const createOnWebgpu = (
  runtime: OnnxRuntime,
  { device, versions, largestTensor }: Pick<Capabilities, 'device' | 'versions' | 'largestTensor'>,
): TE.TaskEither<string, Backend> =>
  pipe(
    TE.tryCatch(() => createTransport(runtime), sentenceOf),
    TE.map((transport) =>
      createOnnxBackend({
        name: NAME,
        runtime,
        capabilities: {
          state: 'device',
          stateCopies: 0,
          hides: HIDES,
          device,
          versions,
          ...(largestTensor === undefined ? {} : { largestTensor }),
        },
        lowerings: webgpuLowerings,
        session: (program, signature) => sessionOptions(locationsOf(program, signature)),
        transport,
      }),
    ),
  );
