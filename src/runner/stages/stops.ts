/**
 * What ends a stage early: a request to stop, numbers that are no longer finite. Not here: the conditional ends of a stage
 * (`../events/stage-end.ts`).
 */
import type { TrainStage } from '../../schedule/schedule.js';
import type { Visit } from '../../schedule/walk/walk.js';
import type { CheckpointPlace } from '../checkpoints/saved-state.js';
import type { RunState } from '../state/run-state.js';
import type { Stop } from '../state/stop.js';

/** Whether a training stage has reached its end. */
export const isOver = ({ stageStep, ends }: RunState, { steps }: TrainStage): boolean =>
  stageStep === steps || ends.here?.met !== undefined;

/** Whether it had reached it when the state was saved with which the run continues within it, so that nothing of it is left. */
export const wasOver = (run: RunState, stage: TrainStage, continues: CheckpointPlace | undefined): boolean =>
  continues !== undefined && continues.phase !== 'stepped' && isOver(run, stage);

/** Whether the run was told to stop while there is training left to stop; not between two rounds of replicas, where no checkpoint can be taken. */
export const mustStop = (run: RunState, { index, stage }: Visit): boolean => {
  const { signal, plan } = run.given;
  if (signal?.aborted !== true || stage.kind === 'merge') return false;
  const over = stage.kind !== 'train' || isOver(run, stage);
  return !over || plan.stages.slice(index + 1).some(({ kind }) => kind === 'train');
};

/** Where the run must stop, its state is saved at once. */
export const interrupted = async (run: RunState, visit: Visit): Promise<Stop | undefined> =>
  mustStop(run, visit)
    ? ((await run.checkpoint(visit.index, 'stepped')) ?? { kind: 'interrupted', stage: visit.index, step: run.step })
    : undefined;
