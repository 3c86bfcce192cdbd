/**
 * Returning from a spike: the state of an earlier checkpoint comes back, the batches since then are skipped, since steps taken are counted on, and what was
 * thrown away is counted apart. Not here: what is a spike (`../events/spike-memory.ts`), the training stage itself (`training-stage.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../../program/types/flops.js';
import type { OnSpike } from '../../schedule/schedule.js';
import type { Visit } from '../../schedule/walk/walk.js';
import { decodeCheckpoint } from '../checkpoints/checkpoint.js';
import { fitted } from '../checkpoints/fits.js';
import type { Checkpoint } from '../checkpoints/saved-state.js';
import type { Spike, Thrown } from '../events/events.js';
import {
  addThrown,
  limitOf,
  MOST_RETURNS,
  nothingThrown,
  pointBefore,
  type ReturnPoint,
  type SpikeMemory,
  withLoss,
  withPoint,
} from '../events/spike-memory.js';
import type { RunState } from '../state/run-state.js';
import type { Evaluated } from '../state/stage-progress.js';
import { failedWith, type Stop } from '../state/stop.js';

/** The progress of a stage that its record is made of. */
export interface Progress {
  readonly losses: readonly number[];
  readonly evaluations: readonly Evaluated[];
}

const pointHere = (run: RunState, { losses, evaluations }: Progress): ReturnPoint => ({
  file: run.checkpointFile,
  step: run.step,
  stageStep: run.stageStep,
  // The stage goes on with its own list.
  losses: [...losses],
  evaluations: evaluations.length,
});

/** A stage begins; the checkpoint of its beginning is there. */
export const watchForSpikes = (run: RunState): void => {
  run.spikes = { losses: [], returns: 0, points: [pointHere(run, { losses: [], evaluations: [] })], thrown: nothingThrown };
};

/** Whether the run returns here once more. */
const mayReturn = (known: SpikeMemory | undefined): known is SpikeMemory => known !== undefined && known.returns < MOST_RETURNS;

/** After a step with this loss, which is remembered unless it is a spike. */
export const judged = (run: RunState, onSpike: OnSpike | undefined, loss: number): Spike | undefined => {
  const known = run.spikes;
  if (onSpike === undefined || known === undefined) return undefined;
  const limit = limitOf(known, onSpike);
  if (loss > limit && mayReturn(known)) return { loss, limit };
  run.spikes = withLoss(known, loss, onSpike);
  return undefined;
};

/** The same for what would end the run, since it is not finite. */
export const spikeInstead = (run: RunState, stop: Stop, refused: boolean): Spike | undefined =>
  stop.kind === 'diverged' && mayReturn(run.spikes) ? { found: stop.found, ...(refused ? { refused } : {}) } : undefined;

/** Whether a checkpoint of the present state is one to return to; if so, it is remembered as that. */
export const isReturnPoint = (run: RunState, onSpike: OnSpike | undefined, progress: Progress): boolean => {
  const known = run.spikes;
  if (onSpike === undefined || known === undefined || run.stageStep % onSpike.back !== 0) return false;
  if (known.points.at(-1)?.stageStep !== run.stageStep) run.spikes = withPoint(known, pointHere(run, progress));
  return true;
};

/** The state of a point. Left: why it cannot be had. */
const stateAt = ({ given: { folder, schedule, model } }: RunState, { file }: ReturnPoint): E.Either<string, Checkpoint> => {
  const bytes = folder.read(file);
  if (E.isLeft(bytes)) return E.left(bytes.left.message);
  const read = decodeCheckpoint(bytes.right);
  return E.isLeft(read) ? E.left(read.left.message) : fitted(read.right, schedule, model);
};

const thrownSince = (run: RunState, point: ReturnPoint, { evaluations }: Progress, refused: boolean, perStep: Flops): Thrown => {
  const steps = run.stageStep - point.stageStep + (refused ? 1 : 0);
  const looks = evaluations.slice(point.evaluations).map(({ flops }) => flops);
  return { steps, flops: scaleFlops(steps, perStep), evaluationFlops: looks.reduce(addFlops, noFlops) };
};

/**
 * Returns to the newest point that is far enough before the spike. Left: its checkpoint cannot be read, or not be brought back.
 *
 * @param perStep FLOPs of a step of the stage.
 */
export const returnFrom = async (
  run: RunState,
  { index, level }: Visit,
  spike: Spike,
  onSpike: OnSpike,
  progress: Progress,
  perStep: Flops,
): Promise<E.Either<Stop, Progress>> => {
  const { stack, memory } = run.given;
  const known = run.spikes;
  const refused = spike.refused === true;
  // The loss is that of the state before its step.
  const point = known && pointBefore(known, run.stageStep - (spike.loss === undefined ? 0 : 1), onSpike);
  if (known === undefined || point === undefined) throw new Error('a stage that looks for spikes has a point to return to');
  const state = stateAt(run, point);
  if (E.isLeft(state))
    return E.left(failedWith({ message: `after a spike at step ${run.step} the run cannot return to ${point.file}: ${state.left}` }));
  const returned = await stack.returnTo(state.right, memory);
  if (E.isLeft(returned)) return E.left(failedWith(returned.left));
  const thrown = thrownSince(run, point, progress, refused, perStep);
  if (refused) {
    // Its batch is skipped, too, and its work was done.
    run.step += 1;
    run.flops = addFlops(run.flops, perStep);
  }
  run.stageStep = point.stageStep;
  run.thrown += thrown.steps;
  const before = point.stageStep === 0 ? [] : (run.spikes?.losses ?? []);
  run.spikes = {
    losses: before,
    returns: known.returns + 1,
    points: known.points.filter(({ stageStep }) => stageStep <= point.stageStep),
    thrown: addThrown(known.thrown, thrown),
  };
  run.returned(point.file, state.right.place.validationLoss);
  run.emit({ kind: 'spiked', stage: index, level, ...spike, step: run.step, to: point.step, thrown, returns: known.returns + 1 });
  return E.right({ losses: point.losses, evaluations: progress.evaluations.slice(0, point.evaluations) });
};

/** What spikes cost a stage, for its record. */
export const thrownBy = (run: RunState): Partial<{ readonly thrown: Thrown & { readonly returns: number } }> => {
  const { returns, thrown } = run.spikes ?? { returns: 0, thrown: nothingThrown };
  return returns === 0 ? {} : { thrown: { ...thrown, returns } };
};
