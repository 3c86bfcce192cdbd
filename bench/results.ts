/**
 * What was measured, as data: the content of `results/cpu.json`. Times are milliseconds, memory is megabytes (10⁶ bytes), rates are
 * FLOP/s of matrix products. Not here: how it is read by people (`rows.ts`).
 */
import type { Machine } from './machine.js';
import type { Sizes } from './settings.js';

/** A peer that could not be measured says why. */
export type Maybe<T> = ({ readonly kind: 'measured' } & T) | { readonly kind: 'skipped'; readonly reason: string };

export interface StepTime {
  /** Median over the rounds of each round's median step. */
  readonly ms: number;
  /** The shortest step of all: what the machine gives when nobody else wants it. */
  readonly bestMs: number;
  readonly peakRssMb: number;
}

export interface Peer extends StepTime {
  /** Its time by ours: median over the rounds, each within one round. Above 1, vcycle is faster. */
  readonly timeRatio: number;
  /** The same of the shortest steps. */
  readonly bestRatio: number;
  /** Our peak memory by its own. Below 1, vcycle takes less. */
  readonly memoryRatio: number;
}

/** A peer's 1024³ product, FLOP/s. */
export interface ProductPeer {
  readonly median: number;
  readonly best: number;
  /** Its median by ONNX Runtime's: the median over the rounds, each within one round. */
  readonly ratio: number;
  /** The same of the best of all rounds. */
  readonly bestRatio: number;
}

export interface StepResult {
  readonly sizes: Sizes;
  readonly vcycle: StepTime & { readonly flopsPerStep: number; readonly rate: number };
  /** With its own defaults: AdamW and clipping one parameter after the other. */
  readonly torchEager: Maybe<Peer>;
  /** Eager with AdamW fused and clipping over lists, which one has to ask for; `torchCompile` has them too. */
  readonly torchFused: Maybe<Peer>;
  readonly torchCompile: Maybe<Peer>;
  readonly tfjsWasm: Maybe<Peer>;
  /** ONNX Runtime's 1024³ product. */
  readonly product: { readonly median: number; readonly best: number };
  readonly torchProduct: Maybe<ProductPeer>;
  /** Our rate by the product's: of the medians within a round, the median over the rounds; and of the best of all rounds. */
  readonly shareOfProduct: { readonly median: number; readonly best: number };
}

type Named<Name extends string> = { readonly [name in Name]: number };

/** Numbers by name, of one size. */
export type AtSizes<Name extends string> = Named<Name> & { readonly sizes: Sizes };

/** Milliseconds of one step (batch, trainer, events, progress, a line in the run folder); and of one run (plan, initial values, checkpoint, model). */
export type OutsideResult = AtSizes<'stepMs' | 'onceMs'>;
export type TransferResult = AtSizes<'carryMs' | 'resetMs'>;
/** From the end of a step to its checkpoint on disk; and a step of the same run. */
export type CheckpointResult = AtSizes<'checkpointMs' | 'ownStepMs'>;
export type CompileResult = AtSizes<'traceMs' | 'totalMs'>;
/** From the command to the end of its first training step. */
export type StartResult = AtSizes<'firstStepMs'>;
export type MemoryResult = AtSizes<'steps' | 'settledMb' | 'lastMb' | 'peakRssMb'>;

/**
 * From the command to its report (`wallMs`); what the runs took by themselves, together (`runsMs`); time of the workers that is no run's, by that of the
 * runs (`added`).
 */
export interface CompareResult extends AtSizes<'wallMs' | 'runs' | 'runsMs' | 'added'> {
  /** CPU time by that of all cores; absent where the system does not say. */
  readonly busy?: number;
}

/** At `REPORT_SIZE`. */
export interface ReportResult {
  /** In a browser, from a disk to a frame that is drawn. */
  readonly openMs: number;
  /** From records to files. */
  readonly makeMs: number;
  readonly megabytes: number;
}

/** tfjs's autodiff and our program on one runtime, at one size; its time by ours, median over the rounds. */
export interface PairResult {
  readonly backend: string;
  readonly sizes: Sizes;
  readonly compared: Maybe<Named<'ms' | 'autodiffMs' | 'timeRatio'>>;
}

/**
 * What a backend keeps over a long run, and what a transfer takes there, at `TINY`: bytes that it holds for its callers and for reuse, and tensors that
 * tfjs holds (−1 of a runtime that does not say), after step 100 and after the last. On a GPU in software nothing of its speed is worth saying, but
 * that a transfer takes less than a step.
 */
export interface BackendResult {
  readonly backend: string;
  readonly measured: Maybe<
    Named<'stepMs' | 'carryMs' | 'resetMs' | 'steps'> &
      Named<'settledBytes' | 'lastBytes' | 'settledTensors' | 'lastTensors' | 'settledMb' | 'lastMb'>
  >;
}

/** `torch-cpu` in its ways, and PyTorch's own module. */
export type TorchWay = 'eager' | 'compiled' | 'bf16' | 'bf16Compiled' | 'peerEager' | 'peerCompiled';

/** Of all rounds the shortest step, and the smallest peak of the process that runs PyTorch. */
export type TorchStep = Named<'bestMs' | 'peakMb'>;

export interface TorchResult {
  readonly steps: readonly { readonly sizes: Sizes; readonly ways: Readonly<Record<TorchWay, Maybe<TorchStep>>> }[];
  /** A step that computes nothing, there and back. */
  readonly protocol: Maybe<Named<'ms'>>;
  /** Of a step at `DEEP`, with nothing kept from before. */
  readonly compile: Maybe<Named<'ms'>>;
}

/** What can be measured alone, and the results that it gives. */
export const PARTS = {
  steps: ['steps'],
  torch: ['torch'],
  outside: ['outside'],
  transfer: ['transfer'],
  checkpoint: ['checkpoint'],
  compile: ['compile'],
  start: ['start', 'helpMs'],
  memory: ['memory'],
  compare: ['compare', 'report'],
  backends: ['pairs', 'backends'],
} as const satisfies Readonly<Record<string, readonly (keyof Results)[]>>;

export type Part = keyof typeof PARTS;

export interface Results {
  readonly date: string;
  /** When each part was measured. */
  readonly dates: Readonly<Partial<Record<Part, string>>>;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly steps: readonly StepResult[];
  readonly torch?: TorchResult;
  readonly outside: readonly OutsideResult[];
  readonly transfer: readonly TransferResult[];
  readonly checkpoint: readonly CheckpointResult[];
  readonly compile: readonly CompileResult[];
  readonly start: readonly StartResult[];
  readonly helpMs?: number;
  readonly memory: readonly MemoryResult[];
  readonly compare: readonly CompareResult[];
  readonly report?: Maybe<ReportResult>;
  readonly pairs: readonly PairResult[];
  readonly backends: readonly BackendResult[];
}
