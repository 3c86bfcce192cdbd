/**
 * The backends by name: the only place that knows all of them. Each is imported on first use. To add one, add a row.
 */
import { closest, distance } from 'fastest-levenshtein';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { TorchOptions } from '../../../backends/torch/create.js';
import type { NodePlace } from '../../../backends/torch/rank-processes.js';
import type { Backend, BackendError, PlannedCapabilities } from '../../backend.js';
import { type Fault, inputFault, runFault } from '../../fault.js';
import { given } from '../../options.js';
import { foreignIn } from '../../visible.js';
import { say } from '../process/print.js';
import { machineMemory } from './machine-memory.js';

export interface BackendEntry {
  /** A description in a few words. */
  readonly describe: string;
  /** What it requires to work. */
  readonly needs: string;
  /** Whether it computes in the machine's memory; otherwise in that of a card, whose size is not known. */
  readonly inMachine: boolean;
  /** The options that it accepts. */
  readonly takes: readonly (keyof Told)[];
  /** Whether several runs at once with one thread each finish sooner than one after another on all threads. */
  readonly sideBySide?: true;
  /** Whether it only counts, and so computes no losses. */
  readonly countsAlone?: true;
  readonly load: () => Promise<(told: Told) => TE.TaskEither<BackendError, Backend>>;
  /** What it can do, where that is known without all that a run starts: its runtime, or each of its ranks. */
  readonly loadCapabilities?: () => Promise<(told: Told) => TE.TaskEither<BackendError, PlannedCapabilities>>;
  /** For a backend with ranks: follows those of another machine. */
  readonly loadFollower?: () => Promise<(told: Told, begun: () => void) => TE.TaskEither<BackendError, void>>;
}

/** The backend that a user chose: the options of every command that computes. */
export interface BackendChoice {
  readonly backend: string;
  /** The precision of matrix products, for PyTorch's backends. Default: f32. */
  readonly precision?: 'f32' | 'bf16';
  /** Whether PyTorch's backends compile programs. */
  readonly torchCompile?: boolean;
  /** The number of PyTorch's processes that share each batch. Default: 1. */
  readonly ranks?: number;
  /** Whether PyTorch's backends run the arms of a branch one after the other, or at once. Default: in turn. */
  readonly branches?: 'in-turn' | 'parallel';
  /** Which of several machines this is. */
  readonly place?: NodePlace;
  /** A file to create, for every message that PyTorch's worker receives. */
  readonly record?: string;
  /** Lets a backend for a card compute on the CPU if there is no usable card (`mayUseCpu`). */
  readonly allowCpu: boolean;
  /** CPU threads, for backends that accept a number. Default: one for each core that the process may use. */
  readonly threads?: number;
}

const GPU = "a GPU with a Vulkan, Metal or Direct3D 12 driver (without a GPU: Mesa's software driver, 25.0 or newer)";

/** All options of all backends. Each backend gets those that its entry lists, and the others are refused. */
interface Told extends TorchOptions {
  readonly allowCpu: boolean;
}

const ofTorch = ['threads', 'precision', 'ranks', 'armsAtOnce', 'place', 'compile', 'record', 'told'] as const;

const table = {
  'onnx-cpu': {
    describe: "ONNX Runtime's CPU provider; one compiled graph a step",
    needs: 'Node and the npm package onnxruntime-node, which vcycle depends on',
    inMachine: true,
    takes: ['threads'],
    sideBySide: true,
    load: async () => (await import('../../../backends/onnx/cpu.js')).createOnnxCpu,
    loadCapabilities: async () => {
      const [{ onnxCpuCapabilities }, { threadsFor }] = await Promise.all([
        import('../../../backends/onnx/cpu-capabilities.js'),
        import('../../../backends/threads.js'),
      ]);
      return ({ threads }: Told) => TE.fromEither(E.map(onnxCpuCapabilities)(threadsFor('onnx-cpu', threads)));
    },
  },
  'onnx-webgpu': {
    describe: "ONNX Runtime's WebGPU provider; one compiled graph a step, state on the device",
    needs: `${GPU}, and onnxruntime-node, which vcycle depends on`,
    inMachine: false,
    takes: [],
    load: async () => (await import('../../../backends/onnx/webgpu-node.js')).createOnnxWebgpu,
  },
  'onnx-cuda': {
    describe: "ONNX Runtime's CUDA provider; one compiled graph a step",
    needs:
      "Linux, an NVIDIA GPU with its driver, CUDA 12, cuDNN 9, and the provider's libraries, which onnxruntime-node's own script fetches",
    inMachine: false,
    takes: [],
    load: async () => (await import('../../../backends/onnx/cuda.js')).createOnnxCuda,
  },
  'torch-cpu': {
    describe: 'PyTorch on the CPU, in a Python process of its own that holds the state',
    needs: 'Python 3.10 or newer, and vcycle setup torch (or VCYCLE_PYTHON, a Python that has PyTorch 2.6 or newer)',
    inMachine: true,
    takes: ofTorch,
    load: async () => (await import('../../../backends/torch/cpu.js')).createTorchCpu,
    loadCapabilities: async () => (await import('../../../backends/torch/cpu.js')).torchCpuCapabilities,
    loadFollower: async () => (await import('../../../backends/torch/cpu.js')).followTorchCpu,
  },
  'torch-cuda': {
    describe: 'PyTorch on an NVIDIA GPU, in a Python process of its own; state on the device',
    needs: 'Linux, an NVIDIA GPU with its driver, Python 3.10 or newer, and vcycle setup torch (or VCYCLE_PYTHON)',
    inMachine: false,
    takes: ofTorch,
    load: async () => (await import('../../../backends/torch/cuda.js')).createTorchCuda,
    loadCapabilities: async () => (await import('../../../backends/torch/cuda.js')).torchCudaCapabilities,
    loadFollower: async () => (await import('../../../backends/torch/cuda.js')).followTorchCuda,
  },
  'tfjs-webgpu': {
    describe: "tfjs's WebGPU kernels on Dawn; state on the device",
    needs: `${GPU}, and the npm packages @tensorflow/tfjs-core, @tensorflow/tfjs-backend-webgpu and webgpu`,
    inMachine: false,
    takes: [],
    load: async () => (await import('../../../backends/tfjs/webgpu-node.js')).createTfjsWebgpu,
  },
  'tfjs-cuda': {
    describe: "tfjs's kernels in TensorFlow's C library, on an NVIDIA GPU; state on the device",
    needs: 'Linux, an NVIDIA GPU with its driver, and vcycle setup tfjs-cuda',
    inMachine: false,
    takes: ['allowCpu', 'threads'],
    load: async () => (await import('../../../backends/tfjs/cuda.js')).createTfjsCuda,
  },
  'tfjs-node': {
    describe: "tfjs's kernels in TensorFlow's C library, on the CPU",
    needs: 'vcycle setup tfjs-node',
    inMachine: true,
    takes: ['threads'],
    load: async () => (await import('../../../backends/tfjs/node.js')).createTfjsNode,
  },
  'tfjs-wasm': {
    describe: "tfjs's WebAssembly kernels",
    needs: 'the npm packages @tensorflow/tfjs-core and @tensorflow/tfjs-backend-wasm',
    inMachine: true,
    takes: [],
    load: async () => (await import('../../../backends/tfjs/wasm-node.js')).createTfjsWasm,
  },
  'tfjs-cpu': {
    describe: "tfjs's plain JavaScript kernels; slow, and there everywhere",
    needs: 'the npm packages @tensorflow/tfjs-core and @tensorflow/tfjs-backend-cpu',
    inMachine: true,
    takes: [],
    load: async () => (await import('../../../backends/tfjs/cpu-node.js')).createTfjsCpu,
  },
  null: {
    describe: 'counts FLOPs and memory, computes nothing',
    needs: 'nothing',
    inMachine: false,
    takes: [],
    countsAlone: true,
    load: async () => (await import('../../../backends/null/null.js')).createNull,
  },
} as const satisfies Record<string, BackendEntry>;

export const backendTable: ReadonlyMap<string, BackendEntry> = new Map(Object.entries(table));

const takers = (option: keyof Told): string =>
  [...backendTable]
    .filter(([, { takes }]) => takes.includes(option))
    .map(([name]) => name)
    .join(', ');

/** The names of the backends that compute. */
export const computingBackends: readonly string[] = [...backendTable].filter(([, { countsAlone }]) => !countsAlone).map(([name]) => name);

/** Whether the backend of that name can be allowed to compute on the CPU instead of a card. */
export const mayUseCpu = (name: string): boolean => backendTable.get(name)?.takes.includes('allowCpu') === true;

/** Bytes of memory that the backend of that name computes in; undefined if not known. */
export const memoryOf = (name: string): number | undefined => (backendTable.get(name)?.inMachine === true ? machineMemory() : undefined);

/**
 * The names that contain each of its parts, since `gpu` is not a misspelt `cpu`; otherwise the most similar name if about half of it is right, since
 * nobody who writes `metal` means `null`.
 */
const nearest = (given: string): string => {
  const name = given.toLowerCase();
  const names = [...backendTable.keys()];
  const parts = name.split(/[^a-z]+/).filter(Boolean);
  const holding = parts.length === 0 ? [] : names.filter((known) => parts.every((part) => known.includes(part)));
  if (holding.length > 0) return `; did you mean ${holding.join(' or ')}?`;
  const near = closest(name, names);
  return distance(name, near) <= Math.ceil(name.length / 2) ? `; did you mean ${near}?` : '';
};

/** Left: no backend has the name; the fault suggests a similar one. */
export const entryOf = (name: string): E.Either<Fault, BackendEntry> =>
  E.fromNullable(
    inputFault(`there is no backend "${name}"${nearest(name)} (there are ${[...backendTable.keys()].join(', ')})${foreignIn(name)}`),
  )(backendTable.get(name));

/** Whether a backend has `--precision` and `--torch-compile`. */
export const compiles = (name: string): boolean => backendTable.get(name)?.takes.includes('compile') === true;

/** The complaint about an option that the backend does not accept; undefined if there is none. */
const misplaced = (name: string, { takes }: BackendEntry, choice: Told): string | undefined => {
  const without = (option: keyof Told): boolean => choice[option] !== undefined && !takes.includes(option);
  const was = `(was --backend ${name})`;
  if (choice.allowCpu && without('allowCpu')) return `--allow-cpu is for --backend ${takers('allowCpu')} only ${was}; leave it out`;
  if (without('threads')) return `--threads is for ${takers('threads')} only ${was}; leave it out`;
  if (choice.ranks !== undefined && choice.ranks > 1 && without('ranks'))
    return `--ranks is for ${takers('ranks')} only ${was}; leave it out`;
  if (without('armsAtOnce')) return `--branches parallel is for ${takers('armsAtOnce')} only ${was}; leave it out`;
  if (without('place')) return `several nodes are for ${takers('place')} only ${was}; leave out --nodes, --node and --rendezvous`;
  if (without('record')) return `what is recorded is PyTorch's ${was}; name ${takers('record')}`;
  const flag = choice.precision === 'bf16' ? '--precision bf16' : choice.compile === true ? '--torch-compile' : undefined;
  return flag === undefined || takes.includes('compile') ? undefined : `${flag} is for ${takers('compile')} only ${was}; leave it out`;
};

/** Creates the backend with the options that it accepts. */
export const createdBy = async ({ load, takes }: BackendEntry, choice: Told): Promise<E.Either<BackendError, Backend>> => {
  const create = await load();
  return create(Object.fromEntries(takes.flatMap((option) => (option in choice ? [[option, choice[option]]] : []))) as unknown as Told)();
};

/** The options of backends that a choice comes to. */
const toldBy = ({ backend: _, torchCompile: compile, branches, ...choice }: BackendChoice): Told =>
  given({ ...choice, compile, armsAtOnce: branches === 'parallel' ? true : undefined, told: say });

interface Chosen {
  readonly entry: BackendEntry;
  readonly told: Told;
}

/** Left: no backend has the name, or an option is not for it. */
const chosen = (choice: BackendChoice): E.Either<Fault, Chosen> => {
  const { backend: name } = choice;
  const entry = entryOf(name);
  if (E.isLeft(entry)) return entry;
  const told = toldBy(choice);
  const wrong = misplaced(name, entry.right, told);
  return wrong === undefined ? E.right({ entry: entry.right, told }) : E.left(inputFault(wrong));
};

const unopened = ({ backend, message }: BackendError): Fault => inputFault(`backend ${backend}: ${message}`, 'allowCpu: true');

/** Creates the backend. A requested backend that is not available is a fault of the input, and is never replaced by another one. */
export const openBackend =
  (choice: BackendChoice): TE.TaskEither<Fault, Backend> =>
  async () => {
    const found = chosen(choice);
    if (E.isLeft(found)) return found;
    const { entry, told } = found.right;
    return E.mapLeft(unopened)(await createdBy(entry, told));
  };

/**
 * On a machine other than that of rank 0: starts its ranks, and waits until the run ends.
 *
 * @param begun called when they have started.
 */
export const followRanks =
  (choice: BackendChoice, begun: () => void): TE.TaskEither<Fault, void> =>
  async () => {
    const found = chosen(choice);
    if (E.isLeft(found)) return found;
    const { entry, told } = found.right;
    const { backend: name } = choice;
    if (entry.loadFollower === undefined) return E.left(inputFault(`${name} has no ranks`));
    const followed = await (await entry.loadFollower())(told, begun)();
    return E.mapLeft(({ kind, message }: BackendError) =>
      kind === 'failed' ? runFault(message) : inputFault(`backend ${name}: ${message}`),
    )(followed);
  };

/** Opens the backend, uses it, and closes it whatever happens. */
export const withBackend =
  <A>(choice: BackendChoice, use: (backend: Backend) => TE.TaskEither<Fault, A>): TE.TaskEither<Fault, A> =>
  async () => {
    const backend = await openBackend(choice)();
    if (E.isLeft(backend)) return backend;
    const used = await use(backend.right)();
    const closed = await backend.right.close()();
    if (E.isLeft(closed)) return E.left(runFault(`backend ${closed.left.backend}: ${closed.left.message}`));
    return used;
  };

/** What the chosen backend can do, for a plan. Left: the backend is not available, or an option is not for it. */
export const plannedOn =
  (choice: BackendChoice): TE.TaskEither<Fault, PlannedCapabilities> =>
  async () => {
    const found = chosen(choice);
    if (E.isLeft(found)) return found;
    const { entry, told } = found.right;
    if (entry.loadCapabilities !== undefined) return E.mapLeft(unopened)(await (await entry.loadCapabilities())(told)());
    return withBackend(
      choice,
      ({ capabilities }) =>
        async () =>
          E.right(capabilities),
    )();
  };
