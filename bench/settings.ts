/**
 * What is measured: the model sizes, how often, and what is aimed at. Not here: how (`measure/`, `steps.ts`), and the results
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

/** Of the square matrices in the runtimes' bare product. */
export const PRODUCT_SIDE = 1024;

/** Timed steps of each contestant in one round. */
export interface StepCounts {
  readonly vcycle: number;
  readonly torch: number;
  readonly tfjs: number;
  /** On the fine level of the runs that are compared: a minute each on one thread of a 2020s server, as short as anyone compares. */
  readonly compared: number;
}

export interface Setting {
  readonly sizes: Sizes;
  readonly full: StepCounts;
  /** tfjs: 0 leaves it out, and the table says why. */
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

/** Small enough for a thousand steps on every backend, a GPU in software among them. */
export const TINY: Sizes = { layers: 2, heads: 2, width: 16, context: 8, batch: 2, vocabulary: 65 };

/** tfjs's own autodiff beside our program on the same runtime: wasm takes a minute a step at the larger size. */
export const PAIRS: readonly { readonly backend: 'tfjs-node' | 'tfjs-wasm'; readonly sizes: Sizes; readonly steps: number }[] = [
  { backend: 'tfjs-node', sizes: SMALL.sizes, steps: 20 },
  { backend: 'tfjs-node', sizes: LARGE.sizes, steps: 5 },
  { backend: 'tfjs-wasm', sizes: SMALL.sizes, steps: 3 },
];

/** Whose compilation has a target of its own. */
export const DEEP: Sizes = { ...LARGE.sizes, layers: 12 };

export const ROUNDS = { full: 5, quick: 1, backends: 3, torch: 3 } as const;

/** Steps of the run whose memory must stay flat, and the step at which it must have its final size. */
export const MEMORY = { full: 1000, quick: 400, settled: 200, processes: 3 } as const;

/** A report as large as one makes them. */
export const REPORT_SIZE = { runs: 50, seeds: 5, steps: 10_000, evaluateEvery: 100 } as const;

/** What is aimed at; shares of 1. */
export const TARGETS = {
  /** PyTorch eager's time by ours, and torch.compile's. */
  speedup: 1,
  /** The time of tfjs's own autodiff by our program's on the same runtime. */
  autodiff: 1,
  /** Our FLOP rate by that of ONNX Runtime's 1024³ product, at the larger size. */
  shareOfProduct: 0.85,
  /** Time outside the backend by a step's. */
  outside: 0.02,
  /** A transfer's time by a step's. */
  transfer: 1,
  /** Checkpoints' time by that of the steps between two of them. */
  checkpoint: 0.03,
  checkpointEvery: 100,
  /** Milliseconds to compile a level at `DEEP`. */
  compile: 1000,
  /** Our peak memory by PyTorch eager's. */
  memory: 1,
  /** What a comparison adds to the time of its runs, over all workers. */
  compared: 0.05,
  /** CPU time of a comparison by what all cores have. */
  busy: 0.9,
  /** Milliseconds to open a report of `REPORT_SIZE`. */
  opening: 2000,
  /** Of `torch-cpu`: factors between shortest steps on one thread, and milliseconds. */
  torch: {
    /** Ours, eager, by PyTorch eager. */
    eager: 1.15,
    /** PyTorch eager, and torch.compile, by ours compiled. */
    compiled: 1.15,
    beside: 1,
    /** Our f32 by our bf16, both compiled, at the larger size. */
    bf16: 1.4,
    /** A step that computes nothing. */
    protocol: 0.5,
    /** A step at `DEEP`, compiled with nothing kept from before. */
    cold: 20_000,
  },
  /** Growth of resident memory from step 100 to the last one. */
  growth: 0.05,
} as const;

export const nameOf = ({ layers, width }: Sizes): string => `${layers} × ${width}`;
