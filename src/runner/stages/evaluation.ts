/**
 * One evaluation: the mean loss of the present level on held-out text, in training, as a stage of its own and, where the last stage is a transfer, of the
 * network with which the run ends. Not here: when (`src/schedule/walk/when-evaluated.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import { type Batch, heldOutBatches, microbatches } from '../../data/batches.js';
import type { Fault } from '../../fault.js';
import { evaluationWork } from '../../plan/work.js';
import { type Flops, scaleFlops } from '../../program/types/flops.js';
import type { Visit } from '../../schedule/walk/walk.js';
import { cellsByGroup } from '../levels/cell.js';
import { type RunState, secondsSince } from '../state/run-state.js';
import { notFiniteOn } from '../state/snapshot.js';
import type { Evaluated } from '../state/stage-progress.js';
import { failedWith, type Stop } from '../state/stop.js';
import { interrupted, mustStop } from './stops.js';
import { Trainer } from './trainer.js';

/** The held-out batches, in the size that the program sees, until the run is told to stop. */
function* untilStopped(run: RunState, visit: Visit, parts: number): Generator<E.Either<Fault, Batch>> {
  const { schedule, dataset } = run.given;
  const { batch, model, evaluation } = schedule.setup;
  for (const each of heldOutBatches(dataset, { batch, context: model.context, count: evaluation.batches })) {
    if (mustStop(run, visit)) return;
    if (E.isLeft(each)) yield each;
    else for (const part of microbatches(each.right, parts)) yield E.right(part);
  }
}

/** Why a loss is not finite, if the weights show it. */
const because = async ({ given: { backend, stack } }: RunState): Promise<string> => {
  const found = await notFiniteOn(backend, stack.current);
  return E.isLeft(found) || found.right === undefined ? '' : ` (${found.right.message})`;
};

/** Ranks train replicas, which must be the same to the bit: parameters and moments of the present level. */
const agreed = async ({ given: { backend, stack } }: RunState): Promise<E.Either<BackendError, void>> =>
  backend.agree === undefined
    ? E.right(undefined)
    : backend.agree(cellsByGroup(stack.current).flatMap(({ cell }) => [...cell.parameters.values(), ...cell.moments.values()]))();

/** FLOPs of an evaluation, which the programs that run one come to. */
export const flopsOfEvaluation = (run: RunState, visit: Visit): Flops => run.counted([evaluationWork(run.given.schedule.setup, visit)]);

export const evaluate = async (run: RunState, visit: Visit): Promise<E.Either<Stop, Evaluated>> => {
  const began = performance.now();
  const { schedule, stack } = run.given;
  const work = evaluationWork(schedule.setup, visit);
  const compiled = await run.programs.get(work);
  if (E.isLeft(compiled)) return E.left(failedWith(compiled.left));
  const alike = await agreed(run);
  if (E.isLeft(alike)) return E.left(failedWith(alike.left));
  const trainer = new Trainer(stack.store, stack.current, schedule.setup.optimizer);
  const loss = await trainer.evaluate(compiled.right, untilStopped(run, visit, work.at.accumulate ?? 1));
  if (E.isLeft(loss)) return E.left(failedWith(loss.left));
  const stopped = await interrupted(run, visit);
  if (stopped !== undefined) return E.left(stopped);
  // A step's own loss is that of the parameters before it, and a transfer has none: a step that went too far may show here first.
  if (!Number.isFinite(loss.right)) {
    const what = `after step ${run.step} the held-out loss is ${loss.right}, where it must be finite${await because(run)}`;
    return E.left(run.diverged(visit.index, run.step, what));
  }
  const evaluated: Evaluated = { loss: loss.right, flops: scaleFlops(work.times, compiled.right.flops) };
  run.evaluated = { stages: run.stages, step: run.step, loss: loss.right };
  run.emit({
    kind: 'evaluated',
    stage: visit.index,
    level: visit.level,
    step: run.step,
    trainingFlops: run.flops.matmul,
    ...evaluated,
    seconds: secondsSince(began),
  });
  return E.right(evaluated);
};
