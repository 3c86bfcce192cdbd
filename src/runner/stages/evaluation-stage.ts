/**
 * A stage that evaluates the present level, and changes nothing. Like every evaluation it ends with a checkpoint: the state that transfers led to has
 * proved good. Not here: the evaluation itself (`evaluation.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { noFlops } from '../../program/types/flops.js';
import type { Visit } from '../../schedule/walk/walk.js';
import type { CheckpointPlace } from '../checkpoints/saved-state.js';
import { type RunState, secondsSince } from '../state/run-state.js';
import type { Stop } from '../state/stop.js';
import { evaluate } from './evaluation.js';

/** From the stage's beginning, or from a checkpoint. */
export const runEvaluationStage = async (run: RunState, visit: Visit, continues?: CheckpointPlace): Promise<Stop | undefined> => {
  const began = performance.now();
  const done = continues?.phase === 'evaluated' ? run.progress.evaluations.at(-1) : undefined;
  const evaluated = done === undefined ? await evaluate(run, visit) : E.right(done);
  let stop = E.isLeft(evaluated) ? evaluated.left : undefined;
  if (done === undefined) stop ??= await run.checkpoint(visit.index, 'evaluated');
  run.end(visit, run.progress.earlierSeconds + secondsSince(began), {
    stepsRun: 0,
    tokens: 0,
    counted: noFlops,
    evaluations: E.isRight(evaluated) ? 1 : 0,
    evaluationFlops: E.isRight(evaluated) ? evaluated.right.flops : noFlops,
    ...(E.isRight(evaluated) ? { validationLoss: evaluated.right.loss } : {}),
  });
  return stop;
};
