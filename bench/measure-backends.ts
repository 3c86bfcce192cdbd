/**
 * Every backend of this machine: our program beside tfjs's own autodiff on the same runtime, in rounds; whether a transfer takes less
 * than a step, and whether memory stays flat over a thousand steps. WebGPU runs on SwiftShader where that runs (VCYCLE_TEST_GPU=1: on this
 * machine's GPU). A backend that is not there is skipped with its reason. Not here: `onnx-cpu` beside PyTorch (`steps.ts`).
 */
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { installationOf, isTensorflow } from '../backends/tfjs/tensorflow/installation.js';
import { computingBackends } from '../src/cli/backends/registry.js';
import type { Fault } from '../src/fault.js';
import { swiftshaderEnvironment, swiftshaderRunsHere } from '../test/backends/swiftshader.js';
import { type Extra, measure, report, sizeOptions } from './child.js';
import { median } from './median.js';
import type { BackendResult, Maybe, PairResult } from './results.js';
import { MEMORY, nameOf, PAIRS, TINY } from './settings.js';

const PEER = join('bench', 'peers', 'tfjs-step.mjs');
/** Steps that are timed at `TINY`. */
const TINY_STEPS = 20;
const TRANSFERS = 11;

export interface BackendsOptions {
  readonly quick: boolean;
  readonly rounds: number;
  readonly say: (message: string) => void;
}

const maybe = <A extends object>(measured: E.Either<Fault, A>): Maybe<A> =>
  E.isRight(measured) ? { kind: 'measured', ...measured.right } : { kind: 'skipped', reason: measured.left.message };

const onePair = async (
  { backend, sizes, steps }: (typeof PAIRS)[number],
  { rounds, say }: BackendsOptions,
): Promise<E.Either<Fault, { ms: number; autodiffMs: number; timeRatio: number }>> => {
  const options = [...sizeOptions(sizes), '--steps', `${steps}`, '--warmup', '1'];
  const folder = isTensorflow(backend) ? installationOf(backend)?.folder : undefined;
  const peer = ['--backend', backend.replace('tfjs-', ''), ...(folder === undefined ? [] : ['--folder', folder])];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // What is missing says our own program, which is asked first.
    const own = await measure('step', [...options, '--backend', backend], ['medianMs'] as const)();
    if (E.isLeft(own)) return own;
    const autodiff = await report(process.execPath, [PEER, ...options, ...peer], ['medianMs'] as const)();
    if (E.isLeft(autodiff)) return autodiff;
    ours.push(own.right.values.medianMs);
    theirs.push(autodiff.right.values.medianMs);
    say(
      `${backend} at ${nameOf(sizes)}, round ${round + 1} of ${rounds}: ours ${ours.at(-1)?.toFixed(1)} ms, autodiff ${theirs.at(-1)?.toFixed(1)} ms`,
    );
  }
  return E.right({ ms: median(ours), autodiffMs: median(theirs), timeRatio: median(theirs.map((ms, round) => ms / (ours[round] ?? ms))) });
};

const oneBackend = (backend: string, quick: boolean, extra: Extra) => {
  const steps = quick ? MEMORY.quick : MEMORY.full;
  const sized = (options: readonly string[]): readonly string[] => [...sizeOptions(TINY), '--backend', backend, ...options];
  return pipe(
    TE.Do,
    TE.bind('step', () => measure('step', sized(['--steps', `${TINY_STEPS}`, '--warmup', '3']), ['medianMs'] as const, extra)),
    TE.bind('transfer', () => measure('transfer', sized(['--times', `${TRANSFERS}`]), ['carryMs', 'resetMs'] as const, extra)),
    TE.bind('memory', () =>
      measure(
        'memory',
        sized(['--steps', `${steps}`, '--settled', `${MEMORY.settled}`]),
        ['settledMb', 'lastMb', 'settledBytes', 'lastBytes', 'settledTensors', 'lastTensors'] as const,
        extra,
      ),
    ),
    TE.map(({ step, transfer, memory }) => ({ stepMs: step.values.medianMs, ...transfer.values, ...memory.values, steps })),
  );
};

export const measureBackends = async (
  options: BackendsOptions,
): Promise<{ readonly pairs: readonly PairResult[]; readonly backends: readonly BackendResult[] }> => {
  const pairs: PairResult[] = [];
  for (const pair of PAIRS) pairs.push({ backend: pair.backend, sizes: pair.sizes, compared: maybe(await onePair(pair, options)) });
  const software = swiftshaderRunsHere && process.env.VCYCLE_TEST_GPU !== '1';
  const extra = software ? await swiftshaderEnvironment() : {};
  const backends: BackendResult[] = [];
  for (const backend of computingBackends) {
    const measured = await oneBackend(backend, options.quick, extra)();
    backends.push({ backend, measured: maybe(measured) });
    options.say(`${backend}: ${E.isRight(measured) ? `a step ${measured.right.stepMs.toFixed(1)} ms` : measured.left.message}`);
  }
  return { pairs, backends };
};
