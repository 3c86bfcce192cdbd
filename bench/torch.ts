/**
 * A training step on `torch-cpu` in each of its modes, beside PyTorch's own module, on one thread each and with the same PyTorch, in rounds
 * A B C D, A B C D; the overhead of its messages per step; and a first compilation. Ratios are of the shortest steps of all rounds. Not
 * here: the rows (`torch-rows.ts`).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Extra, measure, report, sizeOptions } from './child.js';
import type { Maybe, TorchResult, TorchStep, TorchWay } from './results.js';
import { DEEP, nameOf, type Setting } from './settings.js';
import { maybe, say } from './unmeasured.js';

const THREADS = '1';

/** The script's options for each mode; PyTorch's own modes run `peers/torch_step.py`. */
const ways: { readonly [Way in TorchWay]: { readonly says: string; readonly peer: boolean; readonly options: readonly string[] } } = {
  eager: { says: 'torch-cpu', peer: false, options: [] },
  compiled: { says: 'torch-cpu, compiled', peer: false, options: ['--torch-compile'] },
  bf16: { says: 'torch-cpu, bf16', peer: false, options: ['--precision', 'bf16'] },
  bf16Compiled: { says: 'torch-cpu, bf16, compiled', peer: false, options: ['--precision', 'bf16', '--torch-compile'] },
  peerEager: { says: 'PyTorch eager', peer: true, options: ['--optimizer', 'default'] },
  peerCompiled: { says: 'torch.compile', peer: true, options: ['--compile'] },
  peerBf16: { says: 'torch.compile, autocast to bf16', peer: true, options: ['--compile', '--autocast'] },
};

const TORCH_WAYS = Object.keys(ways) as readonly TorchWay[];

/** The worker uses the same PyTorch as the peers, unless the user names another. */
const withPython = (path: string): Extra => ({ VCYCLE_PYTHON: process.env.VCYCLE_PYTHON ?? path });

const oneStep = async (way: TorchWay, { sizes }: Setting, steps: number, python: string): Promise<TorchStep> => {
  const { peer, options } = ways[way];
  const args = [...sizeOptions(sizes), '--steps', `${steps}`, '--warmup', '3', '--threads', THREADS, ...options];
  if (!peer) {
    const { values } = await measure('step', ['--backend', 'torch-cpu', ...args], ['minMs', 'workerMb'], withPython(python));
    return { bestMs: values.minMs, peakMb: values.workerMb };
  }
  const script = join('bench', 'peers', 'torch_step.py');
  const { values } = await report(python, [script, ...args], ['minMs', 'peakRssMb'], { GOMP_SPINCOUNT: '0' });
  return { bestMs: values.minMs, peakMb: values.peakRssMb };
};

/** The better of two rounds, separately for time and memory. */
const better = (a: TorchStep, b: TorchStep): TorchStep => ({
  bestMs: Math.min(a.bestMs, b.bestMs),
  peakMb: Math.min(a.peakMb, b.peakMb),
});

const merged = (before: Maybe<TorchStep> | undefined, now: Maybe<TorchStep>): Maybe<TorchStep> => {
  if (before === undefined || now.kind === 'skipped') return now;
  return before.kind === 'skipped' ? before : { kind: 'measured', ...better(before, now) };
};

/** The first compilation of a step at `DEEP`, without any cache. */
const coldCompile = async (python: string): Promise<{ readonly ms: number }> => {
  const kept = await mkdtemp(join(tmpdir(), 'vcycle-compiled-'));
  try {
    const options = [...sizeOptions(DEEP), '--backend', 'torch-cpu', '--torch-compile'];
    const { values } = await measure('compile-level', options, ['compileMs'], { ...withPython(python), TORCHINDUCTOR_CACHE_DIR: kept });
    return { ms: values.compileMs };
  } finally {
    await rm(kept, { recursive: true, force: true });
  }
};

export interface TorchOptions {
  readonly amount: 'quick' | 'full';
  readonly rounds: number;
  readonly python: Maybe<{ readonly path: string }>;
}

/** The steps at each size; a mode that failed in any round has the reason. */
export const measureTorch = async (
  settings: readonly Setting[],
  { amount, rounds, python }: TorchOptions,
): Promise<TorchResult | undefined> => {
  if (python.kind === 'skipped') {
    say(`torch-cpu is left out: ${python.reason}`);
    return undefined;
  }
  const steps: TorchResult['steps'][number][] = [];
  for (const setting of settings) {
    const found: Partial<Record<TorchWay, Maybe<TorchStep>>> = {};
    for (let round = 0; round < rounds; round++)
      for (const way of TORCH_WAYS) {
        const now = await maybe(oneStep(way, setting, setting[amount].torch, python.path));
        const shown = now.kind === 'measured' ? `${now.bestMs.toFixed(1)} ms at best` : now.reason;
        say(`${nameOf(setting.sizes)}, round ${round + 1} of ${rounds}: ${ways[way].says} ${shown}`);
        found[way] = merged(found[way], now);
      }
    steps.push({ sizes: setting.sizes, ways: found as Record<TorchWay, Maybe<TorchStep>> });
  }
  const protocolOptions = ['--backend', 'torch-cpu', '--tensors', '200', '--times', '300'];
  const protocol = await maybe(
    measure('protocol', protocolOptions, ['medianMs'], withPython(python.path)).then(({ values }) => ({ ms: values.medianMs })),
  );
  const compile = await maybe(coldCompile(python.path));
  return { steps, protocol, compile };
};
