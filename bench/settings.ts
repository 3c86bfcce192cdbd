/**
 * What is measured: the model sizes, the numbers of repetitions, and the targets. Not here: how (`measure/`, `steps.ts`), and the results
 * (`results.ts`).
 */

export interface Sizes {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly context: number;
  readonly batch: number;
  readonly vocabulary: number;
}

/** Side of the square matrices in the runtimes' own product. */
export const PRODUCT_SIDE = 1024;

/** Timed steps of each contestant in one round. */
export interface StepCounts {
  readonly vcycle: number;
  readonly torch: number;
  readonly tfjs: number;
  /** On the fine level of the compared runs: a minute each on one thread of a 2020s server, as short as anyone compares. */
  readonly compared: number;
}

export interface Setting {
  readonly sizes: Sizes;
  readonly full: StepCounts;
  /** tfjs: 0 omits it, and the table says why. */
  readonly quick: StepCounts;
}

export const SMALL: Setting = {
  sizes: { layers: 4, heads: 4, width: 128, context: 64, batch: 12, vocabulary: 65 },
  full: { vcycle: 150, torch: 150, tfjs: 5, compared: 450 },
  quick: { vcycle: 20, torch: 20, tfjs: 1, compared: 45 },
};

export const LARGE: Setting = {
  sizes: { layers: 8, heads: 8, width: 256, context: 128, batch: 16, vocabulary: 65 },
  full: { vcycle: 12, torch: 12, tfjs: 1, compared: 28 },
  quick: { vcycle: 3, torch: 3, tfjs: 0, compared: 3 },
};

export const SETTINGS: readonly Setting[] = [SMALL, LARGE];

/** At GPT-2's vocabulary; for `torch-cpu` alone. */
export const MANY_TOKENS: Setting = {
  sizes: { layers: 12, heads: 8, width: 256, context: 256, batch: 4, vocabulary: 50_257 },
  full: { vcycle: 0, torch: 8, tfjs: 0, compared: 0 },
  quick: { vcycle: 0, torch: 4, tfjs: 0, compared: 0 },
};

/** Small enough for a thousand steps on every backend, including a GPU in software. */
export const TINY: Sizes = { layers: 2, heads: 2, width: 16, context: 8, batch: 2, vocabulary: 65 };

/** tfjs's own autodiff beside our program on the same runtime: at the larger size, wasm takes a minute per step. */
export const PAIRS: readonly { readonly backend: 'tfjs-node' | 'tfjs-wasm'; readonly sizes: Sizes; readonly steps: number }[] = [
  { backend: 'tfjs-node', sizes: SMALL.sizes, steps: 20 },
  { backend: 'tfjs-node', sizes: LARGE.sizes, steps: 5 },
  { backend: 'tfjs-wasm', sizes: SMALL.sizes, steps: 3 },
];

/** The size at which compilation has its own target. */
export const DEEP: Sizes = { ...LARGE.sizes, layers: 12 };

export const ROUNDS = { full: 5, quick: 1, backends: 3, torch: 3 } as const;

/** Steps of the run whose memory must not grow, and the step by which it must have reached its final size. */
export const MEMORY = { full: 1000, quick: 400, settled: 200, processes: 3 } as const;

/** As large a report as anyone makes. */
export const REPORT_SIZE = { runs: 50, seeds: 5, steps: 10_000, evaluateEvery: 100 } as const;

/** Jobs of the comparison that goes into a queue. */
export const QUEUED = 1000;

/** The targets; shares are fractions of 1. */
export const TARGETS = {
  /** The time of PyTorch eager and of torch.compile divided by ours. */
  speedup: 1,
  /** The time of tfjs's own autodiff divided by our program's on the same runtime. */
  autodiff: 1,
  /** Our FLOP rate divided by that of ONNX Runtime's 1024³ product, at the larger size. */
  shareOfProduct: 0.85,
  /** Time outside the backend relative to a step. */
  outside: 0.02,
  /** A transfer's time relative to a step. */
  transfer: 1,
  /** Checkpoints' time relative to the steps between two of them. */
  checkpoint: 0.03,
  checkpointEvery: 100,
  /** Milliseconds to compile a level at `DEEP`. */
  compile: 1000,
  /** Our peak memory divided by PyTorch eager's. */
  memory: 1,
  /** What a comparison adds to the time of its runs, over all workers. */
  compared: 0.05,
  /** CPU time of a comparison relative to that of all cores. */
  busy: 0.9,
  /** Milliseconds to open a report of `REPORT_SIZE`. */
  opening: 2000,
  /** Milliseconds to submit `QUEUED` jobs, and to show their state. */
  submitting: 5000,
  standing: 1000,
  /** For `torch-cpu`: ratios of shortest steps on one thread, and milliseconds. */
  torch: {
    /** Ours, eager, divided by PyTorch eager. */
    eager: 1.15,
    /** PyTorch eager and torch.compile, each divided by ours compiled. */
    compiled: 1.15,
    beside: 1,
    /** Our f32 divided by our bf16, both compiled, at the larger size. */
    bf16: 1.4,
    /** The same at `MANY_TOKENS`. */
    bf16ManyTokens: 1.8,
    /** A step that computes nothing. */
    protocol: 0.5,
    /** A step at `DEEP`, compiled without any cache. */
    cold: 20_000,
  },
  /** Growth of resident memory from step 100 to the last one. */
  growth: 0.05,
} as const;

export const nameOf = ({ layers, width }: Sizes): string => `${layers} × ${width}`;
