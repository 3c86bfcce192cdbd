/**
 * ONNX Runtime sessions as backends: the whole step is one run of a session, whose outputs become the next run's inputs unchanged. Not here: how
 * values are passed (`passing.ts`), who holds them (`tensors.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { type Backend, type BackendError, type Capabilities, type DeviceTensor, type Executable, failed } from '../../src/backend.js';
import type { LoweringTable } from '../../src/onnx/lower-one.js';
import { flopsOf } from '../../src/program/cost.js';
import type { Program } from '../../src/program/program.js';
import { portableRewrites } from '../../src/program/rewrite/index.js';
import { hostArrayOf, zeroArray } from '../../src/program/types/host-array.js';
import { messageOf } from '../../src/thrown.js';
import { legalFor } from '../legal.js';
import { operationsOf } from './lowering.js';
import { freshPassing, type Passing, reusedPassing } from './passing.js';
import type { OnnxRuntime, Transport } from './runtime.js';
import { Sessions } from './sessions.js';
import { type Signature, signatureOf } from './signature.js';
import { OnnxTensor, Tensors, wrap } from './tensors.js';

export interface OnnxBackendOptions {
  readonly name: string;
  readonly runtime: OnnxRuntime;
  readonly capabilities: Omit<Capabilities, 'operations' | 'precision' | 'rewrites'>;
  readonly lowerings: LoweringTable;
  /** Options of a program's session. */
  readonly session: (program: Program, signature: Signature) => InferenceSession.SessionOptions;
  /** Absent where the provider computes on host memory. */
  readonly transport?: Transport;
  /** Whether results are computed into the memory of earlier ones (`passing.ts`). */
  readonly reusesMemory?: boolean;
}

const onHost: Transport = { up: async (tensor) => tensor, down: async (tensor) => tensor, close: async () => undefined };

/** What the executables of a backend share. */
interface Shared {
  readonly name: string;
  readonly passing: Passing;
  readonly tensors: Tensors;
  readonly sessions: Sessions;
}

const executableOf = (
  { name, passing, tensors, sessions }: Shared,
  program: Program,
  session: InferenceSession,
  signature: Signature,
): Executable => {
  const run = passing.runner(session, signature);
  return {
    program,
    flops: flopsOf(program),
    run: (inputs, options) => async () => {
      const given = inputs.map(tensors.valueOf);
      const inPlace = options === undefined ? [] : signature.inPlace.filter(({ input }) => options.inPlace.has(input));
      try {
        const results = await run(given, inPlace);
        const outputs: DeviceTensor[] = [];
        for (const { input, output } of inPlace) outputs[output] = inputs[input] as DeviceTensor;
        for (const { type, index } of signature.outputs.ports) outputs[index] ??= tensors.keep(type, results[index] as OrtTensor);
        return E.right(outputs);
      } catch (error) {
        return E.left(failed(name, `${program.name} failed while it ran: ${messageOf(error)}`));
      }
    },
    dispose: () => {
      // Another program's results have other shapes.
      passing.clear();
      sessions.release(session);
    },
  };
};

export const createOnnxBackend = ({ name, runtime, lowerings, transport = onHost, ...options }: OnnxBackendOptions): Backend => {
  const operations = operationsOf(lowerings);
  const capabilities: Capabilities = { ...options.capabilities, precision: 'f32', rewrites: portableRewrites, operations };
  const passing = options.reusesMemory === true ? reusedPassing((type) => wrap(runtime, type, zeroArray(type))) : freshPassing;
  const tensors = new Tensors(name, runtime, passing.recycle);
  const sessions = new Sessions();

  const attempt = <A>(what: string, action: () => Promise<A>): TE.TaskEither<BackendError, A> =>
    TE.tryCatch(action, (error) => failed(name, `${what}: ${messageOf(error)}`));

  const compiled = async (program: Program): Promise<Executable> => {
    const signature = signatureOf(program, passing.convention);
    // Plans need a backend's capabilities alone, and the encoder of graphs takes longer to load than most of them.
    const { lower } = await import('./lower.js');
    const model = lower(program, lowerings, signature);
    const session = await runtime.InferenceSession.create(model, options.session(program, signature));
    sessions.add(session);
    return executableOf({ name, passing, tensors, sessions }, program, session, signature);
  };

  return {
    name,
    capabilities,
    compile: (program) => {
      const legal = legalFor(name, capabilities, program);
      return E.isLeft(legal) ? TE.left(legal.left) : attempt(`${program.name} did not compile`, () => compiled(legal.right));
    },
    upload: ({ type, data }) =>
      attempt('an upload failed', async () => tensors.keep(type, await transport.up(wrap(runtime, type, hostArrayOf(type.dtype, data))))),
    download: (tensor) =>
      tensor instanceof OnnxTensor
        ? attempt('a download failed', async () => {
            const { data } = await transport.down(tensor.value);
            return { type: tensor.type, data: (data as Float32Array | Int32Array).slice() };
          })
        : TE.left(failed(name, `a tensor of backend ${tensor.backend} was asked of ${name}`)),
    release: (tensor) => tensors.drop(tensor),
    memory: () => ({ held: tensors.bytes(), pooled: passing.pooled() }),
    close: () =>
      attempt('did not close', async () => {
        const released = sessions.releaseAll();
        tensors.dropAll();
        passing.clear();
        const faults = await released;
        await transport.close();
        if (faults.length > 0) throw faults[0];
      }),
  };
};
