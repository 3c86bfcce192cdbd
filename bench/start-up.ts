/** How long the command takes to answer: `--help`, and the first training step, each as a user would see it. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, runFault } from '../src/fault.js';
import type { RunEvent } from '../src/runner/events/events.js';
import { output, sizeOptions } from './child.js';
import { median } from './median.js';
import type { Sizes } from './settings.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

const repeated = (times: number, measured: TE.TaskEither<Fault, number>): TE.TaskEither<Fault, number> =>
  pipe(
    TE.sequenceSeqArray(Array.from({ length: times }, () => measured)),
    TE.map((values) => median(values)),
  );

const help: TE.TaskEither<Fault, number> = () => {
  const began = performance.now();
  return pipe(
    output(process.execPath, [MAIN, '--help']),
    TE.map(() => performance.now() - began),
  )();
};

/** Milliseconds of `vcycle --help`. */
export const helpMs = (times: number): TE.TaskEither<Fault, number> => repeated(times, help);

const finished = (args: readonly string[]): Promise<E.Either<Fault, void>> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' });
    child.on('error', ({ message }) => resolve(E.left(runFault(`vcycle run could not be started (${message})`))));
    child.on('close', (code) => resolve(code === 0 ? E.right(undefined) : E.left(runFault(`vcycle run must end with 0 (was ${code})`))));
  });

const firstStep =
  (sizes: Sizes): TE.TaskEither<Fault, number> =>
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vcycle-bench-'));
    const out = join(folder, 'run');
    // The run's events carry the wall clock, so that is what starts here.
    const began = Date.now();
    const ended = await finished(['run', 'train(1)', ...sizeOptions(sizes), '--evaluation-batches', '1', '--out', out]);
    const events = E.isRight(ended) ? await readFile(join(out, 'events.jsonl'), 'utf8') : '';
    await rm(folder, { recursive: true, force: true });
    if (E.isLeft(ended)) return ended;
    const step = events
      .trim()
      .split('\n')
      .map((line): RunEvent => JSON.parse(line))
      .find(({ kind }) => kind === 'step');
    return step === undefined ? E.left(runFault('vcycle run must say its first step in events.jsonl')) : E.right(step.time - began);
  };

/** Milliseconds from `vcycle run` to the end of its first training step. */
export const firstStepMs = (sizes: Sizes, times: number): TE.TaskEither<Fault, number> => repeated(times, firstStep(sizes));
