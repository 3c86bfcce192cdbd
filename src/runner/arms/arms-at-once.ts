/**
 * Runs the arms of a branch at once, each on a backend of its own that begins with the state of the branch's beginning, and joins them on the run's own
 * backend, which merges them. An arm is the same computation as in turn; what it reports comes in the order of the arms. A checkpoint is one of the first
 * arm that has not ended, so what later arms have done ahead is done again after a resume. Not here: what an arm reports (`arm-state.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Backend, faultOf } from '../../backend.js';
import type { Fault } from '../../fault.js';
import { noFlops } from '../../program/types/flops.js';
import { inStage, inside } from '../../schedule/sentences.js';
import { type OutermostBranch, severalArms } from '../../schedule/walk/outermost-branches.js';
import type { ArmStart } from '../../schedule/walk/walk.js';
import type { ResolvedVisit } from '../../transfer/resolved.js';
import type { Checkpoint, CheckpointPlace } from '../checkpoints/saved-state.js';
import { LevelStack } from '../levels/level-stack.js';
import { placeWithin, runStage } from '../stages/run-stage.js';
import type { Continuation } from '../state/run-inputs.js';
import type { RunState } from '../state/run-state.js';
import { nothingYet } from '../state/stage-progress.js';
import { failedWith, type Stop } from '../state/stop.js';
import { ArmState } from './arm-state.js';

/** The branches whose arms the run's backend runs at once. */
export const branchesAtOnce = ({ given: { backend }, visits }: RunState): readonly OutermostBranch[] =>
  backend.capabilities.armsAtOnce === true && backend.forArms !== undefined ? severalArms(visits) : [];

/** Opens the backends of all arms that will run at once, so that one that cannot start is known before anything trains. */
export const openArms = async (backend: Backend, visits: readonly ResolvedVisit[]): Promise<E.Either<Fault, void>> => {
  if (backend.capabilities.armsAtOnce !== true || backend.forArms === undefined) return E.right(undefined);
  for (const { arms } of severalArms(visits)) {
    const opened = await backend.forArms(arms.length)();
    if (E.isLeft(opened)) return E.left(faultOf(opened.left));
  }
  return E.right(undefined);
};

/** How an arm ended: stopped, or with the state in which the next arm, or the merge, begins. */
type Ended = E.Either<Stop, Checkpoint>;

interface Arm {
  /** From 1. */
  readonly number: number;
  readonly begins: ResolvedVisit;
  readonly state: ArmState;
  readonly done: Promise<Ended>;
}

/** Where the run is when its arms begin. */
interface Start {
  readonly branch: OutermostBranch;
  /** The index of the next stage, or of the one in which the run continues. */
  readonly stage: number;
  readonly within: CheckpointPlace | undefined;
  readonly state: Checkpoint;
  /** The arm that comes first, from 1: earlier ones have ended. */
  readonly present: number;
}

const armStart = (visits: readonly ResolvedVisit[], { arms }: OutermostBranch, arm: number): ArmStart => {
  const stage = visits[arms[arm - 1] ?? 0]?.stage;
  if (stage?.kind !== 'arm') throw new Error(`a branch has an arm ${arm}`);
  return stage;
};

/** Brings a stack that was restored to where a later arm begins; the ends of arms between are not known yet, and stand for themselves. */
const toLaterArm = (stack: LevelStack, visits: readonly ResolvedVisit[], { branch, stage, present }: Start, arm: number): void => {
  const isAtItsBeginning = stage === branch.arms[present - 1];
  if (!isAtItsBeginning) stack.rewindBranch();
  for (let next = isAtItsBeginning ? present : present + 1; next < arm; next += 1) stack.arm(armStart(visits, branch, next));
};

const continuationOf = (run: RunState, { branch, stage, within, present, state }: Start, arm: number): Continuation => {
  const { visits } = run;
  const begin = arm === present ? stage : (branch.arms[arm - 1] ?? 0);
  const doneWithin = within === undefined ? 0 : run.stageStep;
  // Stages before the branch may have ended early; in its arms the number of steps is known.
  const early = (visits[stage]?.firstStep ?? 0) + doneWithin - run.step;
  const fresh = { ...state.place, stage: begin, phase: 'before', stageStep: 0 } as const;
  const place = arm === present && within !== undefined ? within : { ...fresh, step: (visits[begin]?.firstStep ?? 0) - early };
  return {
    place: { ...place, step: arm === present ? run.step : place.step, flops: noFlops },
    file: '',
    records: [],
    progress: arm === present && within !== undefined ? run.progress : nothingYet,
    earlierSeconds: 0,
  };
};

/** The stages of an arm, from where it begins. */
const stagesOf = ({ visits }: RunState, { branch, stage, present }: Start, arm: number): readonly ResolvedVisit[] =>
  visits.slice(arm === present ? stage : branch.arms[arm - 1], branch.arms[arm] ?? branch.merge);

const walked = async (state: ArmState, stages: readonly ResolvedVisit[], next: ArmStart | undefined): Promise<Ended> => {
  for (const visit of stages) {
    const stop = await runStage(state, visit);
    if (stop !== undefined) return E.left(stop);
  }
  state.programs.dispose();
  // So that its end stands in the state as that of an arm.
  if (next !== undefined) state.given.stack.arm(next);
  return state.last((stages.at(-1)?.index ?? 0) + 1);
};

const release = ({ given: { stack, memory } }: ArmState): void => {
  memory.forget('');
  stack.release();
};

/** Begins the arms from the present one on. Left: one could not begin. */
const begun = async (run: RunState, start: Start, ends: Map<number, Checkpoint>, fail: AbortController): Promise<E.Either<Stop, Arm[]>> => {
  const { backend, model, schedule, signal } = run.given;
  const many = start.branch.arms.length;
  const backends = (await backend.forArms?.(many)()) ?? E.right([]);
  if (E.isLeft(backends)) return E.left(failedWith(backends.left));
  const states: ArmState[] = [];
  for (let arm = start.present; arm <= many; arm += 1) {
    const own = backends.right[arm - 1] as Backend;
    const restored = await LevelStack.restore(own, model, schedule.setup.optimizer, schedule.setup.seed, start.state);
    if (E.isLeft(restored)) return E.left(failedWith(restored.left));
    const { stack, memory } = restored.right;
    if (arm > start.present) toLaterArm(stack, run.visits, start, arm);
    const { states: _, reused: __, ...given } = run.given;
    const stopped = AbortSignal.any([fail.signal, ...(signal === undefined ? [] : [signal])]);
    const inputs = { ...given, backend: own, stack, memory, listeners: [], signal: stopped };
    states.push(new ArmState(inputs, continuationOf(run, start, arm), run, ends));
  }
  return E.right(
    states.map((state, index) => {
      const number = start.present + index;
      const done = walked(
        state,
        stagesOf(run, start, number),
        number < many ? armStart(run.visits, start.branch, number + 1) : undefined,
      ).then((ended) => {
        // The others stop after their steps, with what they have.
        if (E.isLeft(ended) && ended.left.kind === 'failed') fail.abort();
        return ended;
      });
      // Awaited in the arm's turn; a bug that is thrown before is thrown then.
      done.catch(() => fail.abort());
      return { number, begins: run.visits[start.branch.arms[number - 1] ?? 0] as ResolvedVisit, state, done };
    }),
  );
};

const namedAfter = ({ begins: { at, op } }: Arm, stop: Stop): Stop =>
  stop.kind === 'failed' ? failedWith({ message: inStage(at, inside(op, stop.message)) }) : stop;

/** The first arm that failed, other than by being stopped with the others. */
const failureOf = async (arms: readonly Arm[]): Promise<Stop | undefined> => {
  for (const arm of arms) {
    const ended = await arm.done;
    if (E.isLeft(ended) && ended.left.kind === 'failed') return namedAfter(arm, ended.left);
  }
  return undefined;
};

/** Gives the run's own backend a state again. */
const refill = async ({ given: { stack, memory } }: RunState, state: Checkpoint): Promise<Stop | undefined> => {
  const filled = await stack.refill(state, memory);
  return E.isLeft(filled) ? failedWith(filled.left) : undefined;
};

/** The arms report one after the other. Gives the state with which the branch is merged, or that in which an arm was stopped. */
const joined = async (
  arms: readonly Arm[],
  ends: Map<number, Checkpoint>,
  fail: AbortSignal,
): Promise<{ readonly stop: Stop | undefined; readonly state: Checkpoint | undefined }> => {
  let last: Checkpoint | undefined;
  for (const { number, state, done } of arms) {
    state.beginTurn();
    const ended = await done;
    state.handOver();
    const failure = fail.aborted ? await failureOf(arms) : undefined;
    if (failure !== undefined) {
      // An arm that failed has lost what was not in a checkpoint; one that was stopped has taken one, and one that has ended takes it now.
      if (E.isRight(ended)) state.put(ended.right);
      return { stop: failure, state: E.isRight(ended) ? state.whole(ended.right) : await state.wholeNow() };
    }
    if (E.isLeft(ended)) return { stop: state.stopInTurn(ended.left), state: await state.wholeNow() };
    last = state.whole(ended.right);
    ends.set(number, ended.right);
  }
  return { stop: undefined, state: last };
};

/** @param stage the index of the first stage to run: the branch's first arm, or a stage in an arm in which the run continues. */
export const runArmsAtOnce = async (run: RunState, branch: OutermostBranch, stage: number): Promise<Stop | undefined> => {
  const visit = run.visits[stage] as ResolvedVisit;
  const within = placeWithin(run, visit);
  const taken = await run.take(stage, within?.phase ?? 'before');
  if (E.isLeft(taken)) return taken.left;
  const present = branch.arms.filter((first) => first <= stage).length;
  const { stack, memory } = run.given;
  // While arms run, their backends have all the memory.
  memory.forget('');
  stack.empty();
  const [ends, fail] = [new Map<number, Checkpoint>(), new AbortController()];
  const arms = await begun(run, { branch, stage, within, state: taken.right, present }, ends, fail);
  if (E.isLeft(arms)) return (await refill(run, taken.right)) ?? arms.left;
  const { stop, state } = await joined(arms.right, ends, fail.signal);
  if (stop !== undefined) fail.abort();
  await Promise.all(arms.right.map(({ done }) => done));
  for (const arm of arms.right) release(arm.state);
  const unfilled = state === undefined ? undefined : await refill(run, state);
  return stop ?? unfilled;
};
