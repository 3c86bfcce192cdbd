/**
 * Measures every backend of this machine: our program beside tfjs's own autodiff on the same runtime, in rounds; whether a transfer takes
 * less time than a step; and whether memory does not grow over a thousand steps. WebGPU runs on SwiftShader if available (with
 * VCYCLE_TEST_GPU=1, on this machine's GPU). An unavailable backend is skipped with its reason. Not here: `onnx-cpu` beside PyTorch
 * (`steps.ts`).
 */
import { join } from 'node:path';
import { installationOf, isTensorflow } from '../backends/tfjs/tensorflow/installation.js';
import { computingBackends } from '../src/cli/backends/registry.js';
import { swiftshaderEnvironment, swiftshaderRunsHere } from '../test/backends/swiftshader.js';
import { type Extra, measure, report, sizeOptions } from './child.js';
import { median } from './median.js';
import type { BackendResult, PairResult } from './results.js';
import { MEMORY, nameOf, PAIRS, TINY } from './settings.js';
import { maybe, say } from './unmeasured.js';

const PEER = join('bench', 'peers', 'tfjs-step.mjs');
/** Timed steps at `TINY`. */
const TINY_STEPS = 20;
const TRANSFERS = 11;

const onePair = async ({ backend, sizes, steps }: (typeof PAIRS)[number], rounds: number) => {
  const options = [...sizeOptions(sizes), '--steps', `${steps}`, '--warmup', '1'];
  const folder = isTensorflow(backend) ? installationOf(backend)?.folder : undefined;
  const peer = ['--backend', backend.replace('tfjs-', ''), ...(folder === undefined ? [] : ['--folder', folder])];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // Our own program runs first, since it reports what is missing.
    const own = await measure('step', [...options, '--backend', backend], ['medianMs'] as const);
    const autodiff = await report(process.execPath, [PEER, ...options, ...peer], ['medianMs'] as const);
    ours.push(own.values.medianMs);
    theirs.push(autodiff.values.medianMs);
    say(
      `${backend} at ${nameOf(sizes)}, round ${round + 1} of ${rounds}: ours ${ours.at(-1)?.toFixed(1)} ms, autodiff ${theirs.at(-1)?.toFixed(1)} ms`,
    );
  }
  return { ms: median(ours), autodiffMs: median(theirs), timeRatio: median(theirs.map((ms, round) => ms / (ours[round] ?? ms))) };
};

const oneBackend = async (backend: string, quick: boolean, extra: Extra) => {
  const steps = quick ? MEMORY.quick : MEMORY.full;
  const sized = (...options: readonly string[]): readonly string[] => [...sizeOptions(TINY), '--backend', backend, ...options];
  const step = await measure('step', sized('--steps', `${TINY_STEPS}`, '--warmup', '3'), ['medianMs'] as const, extra);
  const transfer = await measure('transfer', sized('--times', `${TRANSFERS}`), ['carryMs', 'resetMs'] as const, extra);
  const memory = await measure(
    'memory',
    sized('--steps', `${steps}`, '--settled', `${MEMORY.settled}`),
    ['settledMb', 'lastMb', 'settledBytes', 'lastBytes', 'settledTensors', 'lastTensors'] as const,
    extra,
  );
  return { stepMs: step.values.medianMs, ...transfer.values, ...memory.values, steps };
};

export const measureBackends = async (
  quick: boolean,
  rounds: number,
): Promise<{ readonly pairs: readonly PairResult[]; readonly backends: readonly BackendResult[] }> => {
  const pairs: PairResult[] = [];
  for (const pair of PAIRS) pairs.push({ backend: pair.backend, sizes: pair.sizes, compared: await maybe(onePair(pair, rounds)) });
  const software = swiftshaderRunsHere && process.env.VCYCLE_TEST_GPU !== '1';
  const extra = software ? await swiftshaderEnvironment() : {};
  const backends: BackendResult[] = [];
  for (const backend of computingBackends) {
    const measured = await maybe(oneBackend(backend, quick, extra));
    backends.push({ backend, measured });
    say(`${backend}: ${measured.kind === 'measured' ? `a step ${measured.stepMs.toFixed(1)} ms` : measured.reason}`);
  }
  return { pairs, backends };
};
