/** Traces of runs that never ran, for tests of what is concluded from them. Not a test itself. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import type { Stretch, Trace } from '../../src/report/comparison/run-trace.js';
import { type RunRecord, recordEvents } from '../../src/report/run/run-record.js';
import { type SyntheticStage, syntheticRun } from './synthetic-run.js';

export const record = (stages: readonly SyntheticStage[]): RunRecord => {
  const sorted = recordEvents(syntheticRun(stages));
  return E.isRight(sorted) ? sorted.right : assert.fail(sorted.left.message);
};

/** A point of a curve: FLOPs, and the loss that was seen there. A tenth of a second goes by with each FLOP, and a step takes one. */
export type Point = readonly [flops: number, loss: number];

export const ALL_FINE: Stretch = { begun: { flops: 0, seconds: 0 }, finest: true };

export const seenAt = ([flops, loss]: Point, stretch: Stretch = ALL_FINE) => ({
  stage: 0,
  stretch,
  step: flops,
  flops,
  seconds: flops / 10,
  loss,
  full: true,
});

/** A run of the finest network alone that was looked at there. */
export const traceThrough = (points: readonly Point[], { seed = 1, diverged = false } = {}): Trace => {
  const seen = points.map((point) => seenAt(point));
  const flops = points.at(-1)?.[0] ?? 0;
  return {
    seed,
    window: 1,
    training: seen,
    validation: seen,
    stages: [],
    end: ALL_FINE,
    trained: true,
    flops,
    seconds: flops / 10,
    diverged,
  };
};
