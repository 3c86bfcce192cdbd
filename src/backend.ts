/**
 * The contract of every backend. A backend lowers a program once (`compile`) and runs it many times; state stays where the backend keeps it, as
 * opaque device tensors that the caller owns. Not here: any backend, any policy about levels or stages.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault, runFault } from './fault.js';
import type { OperationName } from './program/operations/index.js';
import type { InPlace } from './program/peak-bytes.js';
import type { Program, TensorType } from './program/program.js';
import type { RewriteName } from './program/rewrite/index.js';
import type { Flops } from './program/types/flops.js';

/** The types of the contract, exported so that declarations that mention a backend's values can name them. */
export type { Either, Left, Right } from 'fp-ts/lib/Either.js';
export type { TaskEither };

/** Host data of a tensor, row-major. */
export type TensorData = Float32Array | Float64Array | Int32Array;

export interface HostTensor {
  readonly type: TensorType;
  readonly data: TensorData;
}

/** A tensor that lives on a backend. Opaque: only the backend that made it can read it. Immutable until released. */
export interface DeviceTensor {
  readonly type: TensorType;
  readonly backend: string;
}

export type BackendErrorKind =
  /** The runtime or the device is missing. */
  | 'unavailable'
  /** The program, when it is compiled, or an option requires something that this backend cannot do. */
  | 'unsupported'
  /** The runtime failed while it ran. */
  | 'failed';

/** How a backend can be made usable. */
export interface Remedy {
  /** What is missing. */
  readonly missing: string;
  /** The one command that installs it; absent where there is none, or none is known. */
  readonly command?: string;
}

export interface BackendError {
  readonly kind: BackendErrorKind;
  readonly backend: string;
  /** One sentence: where, what is required, what was found, how to fix it. */
  readonly message: string;
  /** The remedy for a missing runtime or device, which the message also contains. */
  readonly remedy?: Remedy;
}

/** The fault of an unavailable backend, in one sentence that ends with the command, if there is one. */
export const unavailable = (backend: string, remedy: Remedy): BackendError => ({
  kind: 'unavailable',
  backend,
  message: remedy.command === undefined ? remedy.missing : `${remedy.missing}; run ${remedy.command}`,
  remedy,
});

/** The failure of a runtime, in one sentence. */
export const failed = (backend: string, what: string): BackendError => ({ kind: 'failed', backend, message: `${backend}: ${what}` });

/** The fault that a user sees: a failure of the runtime is a failed run, everything else is wrong input. */
export const faultOf = ({ kind, message }: BackendError): Fault => (kind === 'failed' ? runFault(message) : inputFault(message));

/**
 * Precision in which floating-point operations run. `bf16`: matrix products take their operands in bf16 and add up in f32; everything else, state
 * included, is f32.
 */
export type Precision = 'f32' | 'f64' | 'bf16';

/** What determines the bits of a backend's results, besides its name, its device and its versions. */
export interface Arithmetic {
  readonly precision: Precision;
  /** Whether a compiler fuses the operations of a program; absent where each runs by itself. */
  readonly compiled?: true;
  /** The number of ranks: processes that hold the same state, each of which sees its part of a batch. Absent where there is one process. */
  readonly ranks?: number;
  /** Whether the arms of a branch run at once, each on its share of the ranks, or in a process of its own. Absent where they run in turn. */
  readonly armsAtOnce?: true;
}

export const arithmeticOf = ({ precision, compiled, ranks, armsAtOnce }: Arithmetic): Arithmetic => ({
  precision,
  ...(compiled === undefined ? {} : { compiled }),
  ...(ranks === undefined ? {} : { ranks }),
  ...(armsAtOnce === undefined ? {} : { armsAtOnce }),
});

/** Measured on programs of several sizes (docs/decisions/0029). */
export interface MemoryOverhead {
  /** Bytes of a process that holds no values yet: the runtime and the compiled programs. */
  readonly process: number;
  /** Bytes that are taken for each byte of parameters and moments: a checkpoint and the saved model are copies of them. */
  readonly state: number;
  /** For each byte of a step's gradients and activations: an allocator loses some between tensors of unlike sizes. */
  readonly step: number;
  /** For each byte of an evaluation's activations, whose memory is another than that of the step. */
  readonly evaluation: number;
}

export interface Capabilities extends Arithmetic {
  /** Operations that the backend lowers itself; a program's other operations are decomposed before it sees them. */
  readonly operations: ReadonlySet<OperationName>;
  /** Rewrites of a model's forward pass that make it faster on this backend; programs are traced with them. */
  readonly rewrites: ReadonlySet<RewriteName>;
  /**
   * Operations that may return finite numbers for NaN or an infinity; by default none. No program of a model uses one of them where that would hide a
   * diverged step.
   */
  readonly hides?: ReadonlySet<OperationName>;
  /** Where state is kept between steps. */
  readonly state: 'host' | 'device' | 'none';
  /** How often a training step copies all parameters and moments because of how the runtime passes them; 0 where they stay in place. */
  readonly stateCopies: number;
  /** Values of a program that it computes in memory that is there anyway; by default none. */
  readonly inPlace?: InPlace;
  /** What a training process takes besides the values of its programs; absent where it was not measured. */
  readonly overhead?: MemoryOverhead;
  /** The most bytes of a single tensor; absent where only memory and the length of arrays limit it. */
  readonly largestTensor?: number;
  /** What computes, in words: `CPU`, an adapter's name. */
  readonly device: string;
  /** Further facts for `doctor`: bf16, a compiler, a card's memory. */
  readonly notes?: readonly string[];
  /** Runtimes and their versions. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What a plan needs and shows of a backend, which some know without their runtime. */
export type PlannedCapabilities = Omit<Capabilities, 'versions'>;

export interface Backend {
  readonly name: string;
  readonly capabilities: Capabilities;
  compile(program: Program): TaskEither<BackendError, Executable>;
  upload(tensor: HostTensor): TaskEither<BackendError, DeviceTensor>;
  download(tensor: DeviceTensor): TaskEither<BackendError, HostTensor>;
  /** Of a backend with ranks: checks that these tensors are the same on each of them, to the bit. Left: they are not. */
  agree?(tensors: readonly DeviceTensor[]): TaskEither<BackendError, void>;
  /**
   * Of a backend whose arms run at once (`armsAtOnce`): a backend for each arm of a branch with so many, which share its ranks. The same ones each time;
   * they are closed with this one.
   */
  forArms?(arms: number): TaskEither<BackendError, readonly Backend[]>;
  /** Frees a tensor's memory; the tensor must not be used again. */
  release(tensor: DeviceTensor): void;
  /** Bytes of the tensors that are held by callers, and of those kept for reuse. */
  memory(): { readonly held: number; readonly pooled: number };
  /** Closes the backend, with all its executables and tensors. */
  close(): TaskEither<BackendError, void>;
}

export interface RunOptions {
  /**
   * Indices of the inputs (parameters and moments) that only the caller holds, and that it does not need once it has their next values. Such an input
   * may be overwritten by its next value, but only if the program's loss and gradient norm are finite: otherwise it is left unchanged.
   */
  readonly inPlace: ReadonlySet<number>;
}

export interface Executable {
  readonly program: Program;
  /** FLOPs of one run, counted on the operations as the backend lowered them. */
  readonly flops: Flops;
  /**
   * Runs the program once. `inputs` are in the order of `program.inputs`, outputs in the order of `program.outputs`. On a backend with ranks, a batch
   * may be given for all of them: as many times the sequences that the program sees, of which each rank takes its part. Inputs are left unchanged;
   * outputs are new tensors that the caller owns. Where the options allow it, an output may instead be the input's own tensor with the next value in
   * it.
   */
  run(inputs: readonly (DeviceTensor | HostTensor)[], options?: RunOptions): TaskEither<BackendError, readonly DeviceTensor[]>;
  dispose(): void;
}
