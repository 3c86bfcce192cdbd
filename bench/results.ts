/**
 * The results as data: the content of `results/cpu.json`. Times are milliseconds, memory is megabytes (10⁶ bytes), rates are FLOP/s of
 * matrix products. Not here: their presentation (`rows.ts`).
 */
import type { Machine } from './machine.js';
import type { Sizes } from './settings.js';

/** For a peer that could not be measured, the reason. */
export type Maybe<T> = ({ readonly kind: 'measured' } & T) | { readonly kind: 'skipped'; readonly reason: string };

export interface StepTime {
  /** Median over the rounds of each round's median step. */
  readonly ms: number;
  /** The shortest step of all: the time on an otherwise idle machine. */
  readonly bestMs: number;
  readonly peakRssMb: number;
}

export interface Peer extends StepTime {
  /** Its time divided by ours: the ratio within each round, and the median over the rounds. Above 1, vcycle is faster. */
  readonly timeRatio: number;
  /** The same for the shortest steps. */
  readonly bestRatio: number;
  /** Our peak memory divided by its. Below 1, vcycle takes less. */
  readonly memoryRatio: number;
}

/** A peer's 1024³ product, FLOP/s. */
export interface ProductPeer {
  readonly median: number;
  readonly best: number;
  /** Its median divided by ONNX Runtime's: the ratio within each round, and the median over the rounds. */
  readonly ratio: number;
  /** The same for the best of all rounds. */
  readonly bestRatio: number;
}

export interface StepResult {
  readonly sizes: Sizes;
  readonly vcycle: StepTime & { readonly flopsPerStep: number; readonly rate: number };
  /** With PyTorch's defaults: AdamW and clipping one parameter after another. */
  readonly torchEager: Maybe<Peer>;
  /** Eager with fused AdamW and clipping over lists, which are optional; `torchCompile` has them too. */
  readonly torchFused: Maybe<Peer>;
  readonly torchCompile: Maybe<Peer>;
  readonly tfjsWasm: Maybe<Peer>;
  /** ONNX Runtime's 1024³ product. */
  readonly product: { readonly median: number; readonly best: number };
  readonly torchProduct: Maybe<ProductPeer>;
  /**
   * Our rate divided by the product's: the ratio of medians within each round, and the median over the rounds; and the ratio of the best of
   * all rounds.
   */
  readonly shareOfProduct: { readonly median: number; readonly best: number };
}

type Named<Name extends string> = { readonly [name in Name]: number };

/** Numbers by name, of one size. */
export type AtSizes<Name extends string> = Named<Name> & { readonly sizes: Sizes };

/**
 * Milliseconds of one step (batch, trainer, events, progress, a line in the run folder), and of one run (plan, initial values, checkpoint,
 * model).
 */
export type OutsideResult = AtSizes<'stepMs' | 'onceMs'>;
export type TransferResult = AtSizes<'carryMs' | 'resetMs'>;
/** From the end of a step to its checkpoint on disk; and the duration of a step of the same run. */
export type CheckpointResult = AtSizes<'checkpointMs' | 'ownStepMs'>;
export type CompileResult = AtSizes<'traceMs' | 'totalMs'>;
/** From the command to the end of its first training step. */
export type StartResult = AtSizes<'firstStepMs'>;
export type MemoryResult = AtSizes<'steps' | 'settledMb' | 'lastMb' | 'peakRssMb'>;

/**
 * From the command to the report (`wallMs`); the sum of the runs' own times (`runsMs`); the workers' time outside runs, relative to the
 * time of the runs (`added`).
 */
export interface CompareResult extends AtSizes<'wallMs' | 'runs' | 'runsMs' | 'added'> {
  /** CPU time relative to that of all cores; absent if the system does not report it. */
  readonly busy?: number;
}

/** At `REPORT_SIZE`. */
export interface ReportResult {
  /** In a browser, from disk to a drawn frame. */
  readonly openMs: number;
  /** From records to files. */
  readonly makeMs: number;
  readonly megabytes: number;
}

/** tfjs's autodiff and our program on the same runtime, at one size; its time divided by ours, median over the rounds. */
export interface PairResult {
  readonly backend: string;
  readonly sizes: Sizes;
  readonly compared: Maybe<Named<'ms' | 'autodiffMs' | 'timeRatio'>>;
}

/**
 * What a backend keeps over a long run, and the time of a transfer, at `TINY`: bytes kept for its callers and for reuse, and the number of
 * tfjs's tensors (−1 for a runtime that does not report it), after step 100 and after the last. On a GPU in software, the only meaningful
 * result about speed is that a transfer takes less than a step.
 */
export interface BackendResult {
  readonly backend: string;
  readonly measured: Maybe<
    Named<'stepMs' | 'carryMs' | 'resetMs' | 'steps'> &
      Named<'settledBytes' | 'lastBytes' | 'settledTensors' | 'lastTensors' | 'settledMb' | 'lastMb'>
  >;
}

/** The modes of `torch-cpu`, and PyTorch's own module. */
export type TorchWay = 'eager' | 'compiled' | 'bf16' | 'bf16Compiled' | 'peerEager' | 'peerCompiled' | 'peerBf16';

/** The shortest step of all rounds, and the smallest peak memory of the process that runs PyTorch. */
export type TorchStep = Named<'bestMs' | 'peakMb'>;

export interface TorchResult {
  /** At each of `SETTINGS`, and at `MANY_TOKENS`. */
  readonly steps: readonly { readonly sizes: Sizes; readonly ways: Readonly<Record<TorchWay, Maybe<TorchStep>>> }[];
  /** The round trip of a step that computes nothing. */
  readonly protocol: Maybe<Named<'ms'>>;
  /** For a step at `DEEP`, without any cache from earlier compilations. */
  readonly compile: Maybe<Named<'ms'>>;
}

/** A comparison of `QUEUED` jobs in a queue. */
export interface SlurmResult {
  /** Arrays that the jobs became. */
  readonly arrays: number;
  /** The command that submits them, and the same again, from its start to its end. */
  readonly submitMs: number;
  readonly stateMs: number;
  /** Of the latter: Slurm's own command, which says the state of each. */
  readonly queueMs: number;
}

/** The parts that can be measured alone, and their results. */
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
  slurm: ['slurm'],
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
  readonly slurm?: Maybe<SlurmResult>;
  readonly pairs: readonly PairResult[];
  readonly backends: readonly BackendResult[];
}
