/** Jobs for the tests of sweeps, and what waits for something of theirs. Not a test itself. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { even, gpt, pipeline, prolongate, restrict, sgd, tokens, train } from '../../dsl/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { jobOf } from '../../src/sweep/job.js';
import type { JobNotes, SweepListener } from '../../src/sweep/sweep.js';
import { right } from '../runner/harness.js';
import { VOCABULARY } from '../runner/pipelines.js';

export const quiet: SweepListener = {
  again: () => undefined,
  begun: () => undefined,
  progressed: () => undefined,
  waits: () => undefined,
  ended: () => undefined,
  over: () => undefined,
};
/** Of a job that nobody listens to. */
export const unheard: JobNotes = { progressed: () => undefined, ahead: () => undefined, passed: () => undefined };
const twoLevel = right(
  verify(
    pipeline(
      { model: gpt({ layers: 2, heads: 2, width: 8, context: 4 }), data: tokens(VOCABULARY), optimizer: sgd(), batch: 2, seed: 1 },
      restrict(even),
      train(3),
      prolongate,
      train(2),
    ),
  ),
);
export const seeded = (seed: number) => ({ ...twoLevel, setup: { ...twoLevel.setup, seed } });
export const jobs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...jobOf(`job ${index}`, { schedule: seeded(index), backend: 'null', allowCpu: false }),
    flops: index,
  }));
export const leftMessage = (result: E.Either<{ readonly message: string }, unknown>): string =>
  E.isLeft(result) ? result.left.message : assert.fail('there is no fault');

export const until = async (holds: () => boolean): Promise<void> => {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 60_000, 'it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

export const gone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};
