/**
 * Common code of the scripts in this folder: whole-number options, a model of those sizes, and one line of JSON at the end. Each script is
 * one process and measures one thing. Not here: PyTorch and tfjs (`../peers`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { adamw, constant, gpt, tokens } from '../../dsl/index.js';
import type { Backend } from '../../src/backend.js';
import { type BackendChoice, withBackend } from '../../src/cli/backends/registry.js';
import type { Dataset } from '../../src/data/dataset.js';
import type { SizedModel } from '../../src/model/family.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { run } from '../../src/runner/run.js';
import type { RunOptions } from '../../src/runner/run-rules.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import type { Sizes } from '../settings.js';
import { orUnmeasured, script } from '../unmeasured.js';

/** The backend's options, the same for every script. */
const OPTIONS = {
  backend: { type: 'string', default: 'onnx-cpu' },
  threads: { type: 'string' },
  precision: { type: 'string' },
  'torch-compile': { type: 'boolean' },
  ranks: { type: 'string' },
} as const;

const given = (names: readonly string[]): Readonly<Record<string, unknown>> =>
  parseArgs({
    options: { ...OPTIONS, ...Object.fromEntries([...names, 'head', 'recompute'].map((name) => [name, { type: 'string' as const }])) },
  }).values;

/** Parses `--layers 4 --steps 20`. An option that is missing or not a whole number is the caller's bug. */
export const wholeNumbers = <Name extends string>(names: readonly Name[]): { readonly [name in Name]: number } => {
  const values = given(names);
  const numbers = names.map((name): [string, number] => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 0) throw new RangeError(`--${name} must be a whole number (was ${values[name]})`);
    return [name, value];
  });
  return Object.fromEntries(numbers) as { [name in Name]: number };
};

export const sizeNames = ['layers', 'heads', 'width', 'context', 'batch', 'vocabulary'] as const satisfies readonly (keyof Sizes)[];

/** With biases, like the peers' model. */
export const modelOf = ({ layers, heads, width, context, vocabulary }: Sizes): SizedModel => ({
  kind: 'gpt',
  layers,
  heads,
  width,
  context,
  vocabulary,
  bias: true,
});

/** Configured like the peers': β 0.9 and 0.99, decay 0.1 on matrices, clip 1. */
export const optimizer = adamw({ learningRate: constant(1e-3) });

/** The setup of a pipeline with those sizes, on random tokens and without evaluations. */
export const setupOf = ({ layers, heads, width, context, batch, vocabulary }: Sizes) => ({
  model: gpt({ layers, heads, width, context }),
  data: tokens(vocabulary),
  optimizer,
  batch,
  seed: 1,
  evaluation: { every: 0, batches: 1 },
});

/** The process's peak memory so far. Node reports KiB on every system. */
export const peakRssMb = (): number => (process.resourceUsage().maxRSS * 1024) / 1e6;

/**
 * The largest peak of the processes that this one started and that are still running: a worker's. 0 if there are none, or the system is not
 * Linux.
 */
export const childrenPeakMb = (): number => {
  if (process.platform !== 'linux') return 0;
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const peaks = children.map((pid) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0));
  return (Math.max(0, ...peaks) * 1024) / 1e6;
};

/** Runs `use` on the backend of `--backend`, by default `onnx-cpu`, configured by the other options, and closes the backend. */
export const onBackend = <A>(use: (backend: Backend) => Promise<A>): Promise<A> => {
  const { backend, threads, precision, 'torch-compile': torchCompile, ranks } = parseArgs({ options: OPTIONS, strict: false }).values;
  const choice: BackendChoice = {
    backend: String(backend),
    allowCpu: false,
    ...(threads === undefined ? {} : { threads: Number(threads) }),
    ...(precision === 'bf16' ? { precision } : {}),
    ...(torchCompile === true ? { torchCompile } : {}),
    ...(ranks === undefined ? {} : { ranks: Number(ranks) }),
  };
  return orUnmeasured(withBackend(choice, (own) => TE.fromTask(() => use(own))));
};

/** A run in a temporary folder, with only the given options; returns how long it took. */
export const runOnce = async (
  under: string,
  ...[given, data, options]: [Parameters<typeof run>[0], Dataset, Omit<RunOptions, 'folder'>]
): Promise<{ readonly summary: RunSummary; readonly milliseconds: number }> => {
  const folder = await mkdtemp(join(under, 'vcycle-bench-'));
  const began = performance.now();
  try {
    const summary = await orUnmeasured(run(given, data, { ...options, folder: onDisk(join(folder, 'run')) }));
    return { summary, milliseconds: performance.now() - began };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Prints the results, or why there are none. */
export const print = (measured: () => Promise<object>): Promise<void> =>
  script(async () => {
    process.stdout.write(`${JSON.stringify(await measured())}\n`);
  });
