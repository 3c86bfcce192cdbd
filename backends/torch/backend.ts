/**
 * Programs on PyTorch, in a worker's process: a program is sent once, state stays with the worker, and a step is one message down and one up. Not here:
 * the process (`process.ts`), what an operation becomes in PyTorch (`worker/operations.py`).
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError, Capabilities, DeviceTensor, Executable, HostTensor } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { bytesOf, type Program, type Role, type TensorType, typeIn } from '../../src/program/program.js';
import { legalFor } from '../legal.js';
import type { Message } from './messages.js';
import type { WorkerProcess } from './process.js';

/** What a step or an evaluation says: it comes up with the answer, and is kept here alone. */
const SAID: ReadonlySet<Role> = new Set(['loss', 'gradientNorm', 'objective']);

class TorchTensor implements DeviceTensor {
  constructor(
    readonly type: TensorType,
    readonly backend: string,
    /** The worker's number of it, or its value where that came up. */
    readonly place: number | HostTensor,
  ) {}
}

/** A copy: what a caller does with it is nobody else's. */
const copied = ({ type, data }: HostTensor): HostTensor => ({ type, data: data.slice() });

export interface TorchBackendOptions {
  readonly name: string;
  readonly worker: WorkerProcess;
  readonly capabilities: Capabilities;
  /** Told how long a compilation took. */
  readonly told: (line: string) => void;
}

export const createTorchBackend = ({ name, worker, capabilities, told }: TorchBackendOptions): Backend => {
  const held = new Set<TorchTensor>();
  let numbers = 0;
  let closed = false;

  const failed = (message: string): BackendError => ({ kind: 'failed', backend: name, message: `${name}: ${message}` });
  const ask = async (what: string, ...asked: Parameters<WorkerProcess['ask']>) =>
    E.mapLeft((why: string) => failed(`${what} failed: ${why}`))(await worker.ask(...asked));

  const keep = (tensor: TorchTensor): TorchTensor => {
    held.add(tensor);
    return tensor;
  };

  const placeOf = (tensor: DeviceTensor): number | HostTensor => {
    if (!(tensor instanceof TorchTensor)) throw new Error(`a tensor of backend ${tensor.backend} was given to ${name}`);
    if (!held.has(tensor)) throw new Error(`a tensor was given to ${name} that it does not hold (any more)`);
    return tensor.place;
  };

  const release = (tensor: DeviceTensor): void => {
    const place = placeOf(tensor);
    held.delete(tensor as TorchTensor);
    if (typeof place === 'number') worker.release(place);
  };

  const run =
    (program: Program, number: number) =>
    (given: readonly (DeviceTensor | HostTensor)[]): TE.TaskEither<BackendError, readonly DeviceTensor[]> =>
    async () => {
      if (given.length !== program.inputs.length)
        return E.left(failed(`${program.name} takes ${program.inputs.length} inputs (was ${given.length})`));
      const places = given.map((tensor) => ('backend' in tensor ? placeOf(tensor) : tensor));
      const down = places.filter((place) => typeof place !== 'number');
      const inputs = places.map((place) => (typeof place === 'number' ? place : null));
      const types = program.outputs.map(({ value }) => typeIn(program, value));
      const outputs = program.outputs.map(({ role }, index) => (SAID.has(role) && types[index]?.shape.length === 0 ? null : numbers++));
      const answer = await ask(program.name, { do: 'run', program: number, inputs, outputs }, down);
      return E.map(({ tensors }: { readonly tensors: readonly HostTensor[] }) => {
        const up = tensors.values();
        return outputs.map((place, index) =>
          keep(new TorchTensor(types[index] as TensorType, name, place ?? (up.next().value as HostTensor))),
        );
      })(answer);
    };

  const executableOf = (program: Program, number: number): Executable => ({
    program,
    flops: flopsOf(program),
    run: run(program, number),
    dispose: () => {
      // What became of it is nothing that anybody needs to hear.
      if (!closed) void worker.ask({ do: 'dispose', program: number });
    },
  });

  return {
    name,
    capabilities,
    compile: (program) => {
      const legal = legalFor(name, capabilities, program);
      if (E.isLeft(legal)) return TE.left(legal.left);
      return async () => {
        const number = numbers++;
        const answer = await ask(`compiling ${program.name}`, { do: 'compile', program: number, code: legal.right });
        return E.map(({ header: { seconds, parts, unlike } }: Message) => {
          if (typeof seconds === 'number')
            told(`${name} compiled ${program.name} in ${seconds.toFixed(1)} s: ${parts} parts, of which ${unlike} differ`);
          return executableOf(legal.right, number);
        })(answer);
      };
    },
    upload: (tensor) => async () => {
      const number = numbers++;
      const answer = await ask('an upload', { do: 'upload', tensor: number }, [tensor]);
      return E.map(() => keep(new TorchTensor(tensor.type, name, number)))(answer);
    },
    download: (tensor) => async () => {
      const place = placeOf(tensor);
      if (typeof place !== 'number') return E.right(copied(place));
      const answer = await ask('a download', { do: 'download', tensor: place });
      return E.map(({ tensors: [first] }: { readonly tensors: readonly HostTensor[] }) => first as HostTensor)(answer);
    },
    release,
    memory: () => ({ held: [...held].reduce((sum, { type }) => sum + bytesOf(type), 0), pooled: 0 }),
    close: () => async () => {
      closed = true;
      held.clear();
      await worker.end();
      return E.right(undefined);
    },
  };
};
