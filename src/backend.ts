/**
 * The contract that every backend keeps. A backend lowers a program once (`compile`) and runs it many times; state stays where the
 * backend keeps it, as opaque device tensors that the caller owns. Not here: any backend, any policy about levels or stages.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault, runFault } from './fault.js';
import type { OperationName } from './program/operations/index.js';
import type { Program, TensorType } from './program/program.js';
import type { RewriteName } from './program/rewrite/index.js';
import type { Flops } from './program/types/flops.js';

/** What the contract is written in: named here, so that whoever exports what a backend gives can name it. */
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
  /** The runtime or the device is not there. */
  | 'unavailable'
  /** The program asks for what this backend cannot do, found when it compiles; or an option does. */
  | 'unsupported'
  /** The runtime failed while it ran. */
  | 'failed';

/** What would make a backend usable. */
export interface Remedy {
  /** What is missing. */
  readonly missing: string;
  /** The one command that brings it; left out where no command does, or none is known to. */
  readonly command?: string;
}

export interface BackendError {
  readonly kind: BackendErrorKind;
  readonly backend: string;
  /** One sentence: where, what is required, what was found, how to fix it. */
  readonly message: string;
  /** Of what is unavailable; the message says it too. */
  readonly remedy?: Remedy;
}

/** A backend that is not there, in one sentence that ends with the command, where there is one. */
export const unavailable = (backend: string, remedy: Remedy): BackendError => ({
  kind: 'unavailable',
  backend,
  message: remedy.command === undefined ? remedy.missing : `${remedy.missing}; run ${remedy.command}`,
  remedy,
});

/** What a runtime failed at, in one sentence. */
export const failed = (backend: string, what: string): BackendError => ({ kind: 'failed', backend, message: `${backend}: ${what}` });

/** What a user is told: what the runtime did is a failed run, what was asked of it is wrong input. */
export const faultOf = ({ kind, message }: BackendError): Fault => (kind === 'failed' ? runFault(message) : inputFault(message));

/**
 * Precision in which floating-point operations run. `bf16`: matrix products take their operands in bf16 and add up in f32; everything else, state
 * included, is f32.
 */
export type Precision = 'f32' | 'f64' | 'bf16';

/** What decides which bits a backend's programs give, besides its name, its device and its versions. */
export interface Arithmetic {
  readonly precision: Precision;
  /** Whether a compiler fuses the operations of a program; left out where each runs as it is. */
  readonly compiled?: true;
}

export const arithmeticOf = ({ precision, compiled }: Arithmetic): Arithmetic => ({
  precision,
  ...(compiled === undefined ? {} : { compiled }),
});

export interface Capabilities extends Arithmetic {
  /** Operations that the backend lowers itself; a program's other operations are decomposed before it sees them. */
  readonly operations: ReadonlySet<OperationName>;
  /** Rewrites of a model's forward pass that make it faster here, as far as one knows; a program is traced with them. */
  readonly rewrites: ReadonlySet<RewriteName>;
  /**
   * Operations that may give finite numbers where they were given NaN or an infinity; none where it is left out. No program of a model uses one of
   * them where that would hide a step that diverged.
   */
  readonly hides?: ReadonlySet<OperationName>;
  /** Where state lives between steps. */
  readonly state: 'host' | 'device' | 'none';
  /** How often a training step copies parameters and moments as a whole because the runtime passes them so; 0 where they stay. */
  readonly stateCopies: number;
  /** Bytes that one tensor may take; left out where nothing limits it but memory and what an array holds. */
  readonly largestTensor?: number;
  /** What computes, in words: `CPU`, an adapter's name. */
  readonly device: string;
  /** What else is there, for whoever asks what the machine has: bf16, a compiler, a card's memory. */
  readonly notes?: readonly string[];
  /** Runtimes and their versions. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface Backend {
  readonly name: string;
  readonly capabilities: Capabilities;
  compile(program: Program): TaskEither<BackendError, Executable>;
  upload(tensor: HostTensor): TaskEither<BackendError, DeviceTensor>;
  download(tensor: DeviceTensor): TaskEither<BackendError, HostTensor>;
  /** Gives a tensor's memory back; the tensor must not be used again. */
  release(tensor: DeviceTensor): void;
  /** Bytes of the tensors that are held by callers, and of those kept for reuse. */
  memory(): { readonly held: number; readonly pooled: number };
  /** Ends the backend: every executable and tensor of it. */
  close(): TaskEither<BackendError, void>;
}

export interface RunOptions {
  /**
   * Places of parameters and moments among the inputs that nobody but the caller holds, and that the caller needs no more once it has their next
   * values. Such an input may be overwritten by the output that is its next value, and only if all that the program says of loss and gradient norm is
   * finite: else it is left as it is.
   */
  readonly inPlace: ReadonlySet<number>;
}

export interface Executable {
  readonly program: Program;
  /** FLOPs of one run, counted on the operations as the backend lowered them. */
  readonly flops: Flops;
  /**
   * Runs the program once. `inputs` are in the order of `program.inputs`, outputs in the order of `program.outputs`.
   * Inputs are left as they are; outputs are new tensors that the caller owns. Where the options allow it, an output may instead be the input's own
   * tensor with the next value in it.
   */
  run(inputs: readonly (DeviceTensor | HostTensor)[], options?: RunOptions): TaskEither<BackendError, readonly DeviceTensor[]>;
  dispose(): void;
}
