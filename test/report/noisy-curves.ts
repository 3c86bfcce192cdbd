/** Runs that never ran, with the noise of real ones, for tests of what is concluded from races. Not a test itself. */
import assert from 'node:assert/strict';
import type { RandomStream } from '../../src/data/random.js';
import { type Trace, traceOf } from '../../src/report/comparison/run-trace.js';
import { record } from './traces.js';

export const STEPS = 800;

/**
 * The training loss of four layers on Shakespeare with AdamW and a cosine, after a share of the run, as the six runs of pipelines/studies have it
 * (least squares): it falls by 0.007 in the last tenth, a step scatters by 0.059, a seed by 0.016.
 */
export const lossAfter = (share: number): number =>
  2.226 + (0.294 * (1 + Math.cos(Math.PI * share))) / 2 + 0.926 * Math.exp(-share / 0.08) + 1.527 * Math.exp(-share / 0.02);
const STEP_DEVIATION = 0.059;
const SEED_DEVIATION = 0.016;
/** An evaluation is a mean over the same held-out batches each time: what scatters is the network (second differences of one such run). */
const EVALUATION_DEVIATION = 0.0035;
const EVALUATE_EVERY = 25;

/** By how much a run's losses are above the others', and the FLOPs of a step. */
export interface Ending {
  readonly above?: number;
  readonly flops?: number;
}

/** What a seed adds to the loss of all steps, and the loss of each step with its own noise. */
export const noisyLosses = (
  random: RandomStream,
  { above = 0 }: Ending,
): { readonly offset: number; readonly losses: readonly number[] } => {
  const offset = above + random.normal(0, SEED_DEVIATION);
  return {
    offset,
    losses: Array.from({ length: STEPS }, (_, index) => offset + lossAfter((index + 1) / STEPS) + random.normal(0, STEP_DEVIATION)),
  };
};

const FINE = record([[`train(${STEPS})`, 'train', 0, 4, STEPS]]);
const [FIRST] = FINE.steps;
const [EVALUATED] = FINE.evaluations;
const [STAGE] = FINE.stages;

/** A run with these training losses, at a cost of this many FLOPs a step. */
export const traced = (losses: readonly number[], evaluated: (step: number) => number, flops = 1): Trace => {
  assert.ok(FIRST !== undefined && EVALUATED !== undefined && STAGE !== undefined);
  const matmul = losses.length * flops;
  return traceOf({
    ...FINE,
    steps: losses.map((loss, index) => ({ ...FIRST, step: index + 1, loss, flops: (index + 1) * flops })),
    evaluations: losses.flatMap((_, index) => {
      const step = index + 1;
      return step % EVALUATE_EVERY === 0 ? [{ ...EVALUATED, step, trainingFlops: step * flops, loss: evaluated(step) }] : [];
    }),
    stages: [{ ...STAGE, counted: { matmul, softmax: 0, elementwise: 0 } }],
  });
};

/** A run as it might have been. */
export const simulated = (random: RandomStream, ending: Ending = {}): Trace => {
  const { offset, losses } = noisyLosses(random, ending);
  const evaluated = (step: number): number => offset + lossAfter(step / STEPS) + random.normal(0, EVALUATION_DEVIATION);
  return traced(losses, evaluated, ending.flops);
};
