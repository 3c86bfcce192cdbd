/**
 * Runs programs on PyTorch in a worker process: a program is sent once, state stays in the worker, and a step is one request and one answer. Not here:
 * the process (`process.ts`), what an operation becomes in PyTorch (`worker/operations.py`).
 */
import * as E from 'fp-ts/lib/Either.js';
import {
  type Backend,
  type BackendError,
  type Capabilities,
  type DeviceTensor,
  type Executable,
  failed,
  type HostTensor,
} from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { type Program, type Role, type TensorType, typeIn } from '../../src/program/program.js';
import { HeldTensors } from '../held-tensors.js';
import { legalFor } from '../legal.js';
import { judgedBy, passedOn, type UpdateRegion, updateRegionsOf } from '../update-regions.js';
import { compiledFolder } from './installation.js';
import type { Message } from './messages.js';
import type { Worker } from './process.js';

/** Figures of a step or an evaluation: they come with the worker's answer and are kept only on this side. */
const SAID: ReadonlySet<Role> = new Set(['loss', 'gradientNorm', 'objective']);

class TorchTensor implements DeviceTensor {
  constructor(
    readonly type: TensorType,
    readonly backend: string,
    /** The worker's number for the tensor, or the value itself if the worker sent it. */
    readonly place: number | HostTensor,
  ) {}
}

/** A copy, so that a caller who changes it changes nothing else. */
const copied = ({ type, data }: HostTensor): HostTensor => ({ type, data: data.slice() });

export interface TorchBackendOptions {
  readonly name: string;
  readonly worker: Worker;
  readonly capabilities: Capabilities;
  /** The backends of arms that run at once; they are closed with this one. */
  readonly forArms?: (arms: number) => Promise<E.Either<BackendError, readonly Backend[]>>;
  /** Called with a line that says how long a compilation took, or why a step runs without a CUDA graph. */
  readonly told: (line: string) => void;
}

const isHere = (place: number | HostTensor): place is HostTensor => typeof place !== 'number';

const isTorch = (tensor: DeviceTensor): tensor is TorchTensor => tensor instanceof TorchTensor;

interface Shared {
  readonly name: string;
  readonly held: HeldTensors<TorchTensor>;
  /** The next number for a program or a tensor. */
  readonly next: () => number;
  readonly ask: (what: string, ...asked: Parameters<Worker['ask']>) => Promise<E.Either<BackendError, Message>>;
  readonly told: (line: string) => void;
}

/** The updates that the worker can compute in the memory of the previous state: whole regions, of any size. */
export const updatesOf = (program: Program): readonly UpdateRegion[] =>
  updateRegionsOf(program, (shape) => shape.length > 0).filter(({ inPlace, successions }) => inPlace.length === successions.length);

/** The same as the worker reads them: nodes by their places in the program. */
export const describedUpdates = ({ nodes }: Program, updates: readonly UpdateRegion[]) => {
  const places = new Map(nodes.map((node, place) => [node, place]));
  return updates.map(({ nodes: own, tensors, scalars, successions }) => ({
    nodes: own.map((node) => places.get(node)),
    tensors,
    scalars,
    successions,
  }));
};

const runOf = (shared: Shared, program: Program, number: number, updates: readonly UpdateRegion[]): Executable['run'] => {
  const { name, held, next, ask, told } = shared;
  let isTold = false;
  const types = program.outputs.map(({ value }) => typeIn(program, value));
  const comesUp = program.outputs.map(({ role }, index) => SAID.has(role) && types[index]?.shape.length === 0);
  const successions = [...updates.flatMap((update) => update.successions), ...passedOn(program)];
  return (given, options) => async () => {
    if (given.length !== program.inputs.length)
      return E.left(failed(name, `${program.name} takes ${program.inputs.length} inputs (was ${given.length})`));
    const owned = given.map((tensor) => ('backend' in tensor ? held.own(tensor) : tensor));
    const down = owned.flatMap((tensor) => (!(tensor instanceof TorchTensor) ? [tensor] : isHere(tensor.place) ? [tensor.place] : []));
    const inputs = owned.map((tensor) => (tensor instanceof TorchTensor && !isHere(tensor.place) ? tensor.place : null));
    // Outputs that are the input's own tensor, which keeps its number.
    const inPlace = new Map<number, TorchTensor>();
    for (const { input, output } of successions) {
      const tensor = owned[input];
      if (options?.inPlace.has(input) === true && tensor instanceof TorchTensor && inputs[input] !== null) inPlace.set(output, tensor);
    }
    const outputs = comesUp.map((said, index) => (said ? null : (inPlace.get(index)?.place ?? next())));
    const answer = await ask(program.name, { do: 'run', program: number, inputs, outputs }, down);
    // Outputs that the worker sent are kept here as values; the others stay in the worker, under their numbers.
    return E.map(({ header, tensors }: Message) => {
      if (typeof header.unrecorded === 'string' && !isTold) {
        told(`${name} runs ${program.name} without a CUDA graph: ${header.unrecorded}`);
        isTold = true;
      }
      const said = tensors.values();
      return types.map(
        (type, index) =>
          inPlace.get(index) ??
          held.keep(new TorchTensor(type, name, (outputs[index] as number | null) ?? (said.next().value as HostTensor))),
      );
    })(answer);
  };
};

export const createTorchBackend = ({ name, worker, capabilities, forArms, told }: TorchBackendOptions): Backend => {
  const ofArms = new Map<number, Promise<E.Either<BackendError, readonly Backend[]>>>();
  const held = new HeldTensors(name, isTorch);
  let numbers = 0;
  let closed = false;
  const next = (): number => numbers++;
  const ask: Shared['ask'] = async (what, ...asked) =>
    E.mapLeft((why: string) => failed(name, `${what} failed: ${why}`))(await worker.ask(...asked));

  const executableOf = (program: Program, number: number, updates: readonly UpdateRegion[]): Executable => ({
    program,
    flops: flopsOf(program),
    run: runOf({ name, held, next, ask, told }, program, number, updates),
    dispose: () => {
      // Nobody needs the answer.
      if (!closed) void worker.ask({ do: 'dispose', program: number });
    },
  });

  return {
    name,
    capabilities,
    compile: (program) => async () => {
      const legal = legalFor(name, capabilities, program);
      if (E.isLeft(legal)) return legal;
      const number = next();
      const updates = updatesOf(legal.right);
      const answer = await ask(`compiling ${program.name}`, {
        do: 'compile',
        program: number,
        code: {
          ...legal.right,
          updates: describedUpdates(legal.right, updates),
          judges: updates.length === 0 ? [] : judgedBy(legal.right),
          passed: passedOn(legal.right),
        },
        flops: flopsOf(legal.right).matmul,
      });
      if (E.isLeft(answer)) return answer;
      const { seconds, parts, unlike } = answer.right.header;
      if (typeof seconds === 'number')
        told(
          `${name} compiled ${program.name} in ${seconds.toFixed(1)} s: ${parts} parts, of which ${unlike} differ; kept in ${compiledFolder()}`,
        );
      return E.right(executableOf(legal.right, number, updates));
    },
    upload: (tensor) => async () => {
      const number = next();
      const answer = await ask('an upload', { do: 'upload', tensor: number }, [tensor]);
      return E.map(() => held.keep(new TorchTensor(tensor.type, name, number)))(answer);
    },
    download: (tensor) => async () => {
      const { place } = held.own(tensor);
      if (typeof place !== 'number') return E.right(copied(place));
      const answer = await ask('a download', { do: 'download', tensor: place });
      return E.map(({ tensors: [first] }: Message) => first as HostTensor)(answer);
    },
    ...(capabilities.ranks === undefined
      ? {}
      : {
          agree: (tensors) => async () => {
            const asked = tensors.flatMap((tensor) => held.own(tensor).place).filter((place) => typeof place === 'number');
            return E.map(() => undefined)(await ask('a comparison of the ranks', { do: 'agree', asked }));
          },
        }),
    ...(forArms === undefined
      ? {}
      : {
          forArms: (arms: number) => () => {
            const known = ofArms.get(arms) ?? forArms(arms);
            ofArms.set(arms, known);
            return known;
          },
        }),
    release: (tensor) => {
      const own = held.own(tensor);
      held.drop(own);
      if (typeof own.place === 'number') worker.release(own.place);
    },
    memory: () => ({ held: held.bytes(), pooled: 0 }),
    close: () => async () => {
      closed = true;
      for (const tensor of held.all()) held.drop(tensor);
      const arms = (await Promise.all(ofArms.values())).flatMap((opened) => (E.isRight(opened) ? opened.right : []));
      await Promise.all([worker.end(), ...arms.map((backend) => backend.close()())]);
      return E.right(undefined);
    },
  };
};
