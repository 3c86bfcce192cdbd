/**
 * The runner: a stage machine that walks a schedule on a backend and reports what happens in events. It names no backend, draws no batches itself and
 * prints nothing.
 */
import * as E from 'fp-ts/lib/Either.js';
import { arithmeticOf, type BackendError, failed, faultOf } from '../backend.js';
import { bytesPerToken } from '../data/bytes-per-token.js';
import type { Dataset } from '../data/dataset.js';
import type { Fault } from '../fault.js';
import { given } from '../options.js';
import type { Plan } from '../plan/plan.js';
import { plannedWork } from '../plan/planned-work.js';
import { scheduleHash } from '../schedule/json/canonical.js';
import type { Schedule } from '../schedule/schedule.js';
import { resolve, resolvedClosing } from '../transfer/resolve.js';
import type { ResolvedVisit } from '../transfer/resolved.js';
import { branchesAtOnce, runArmsAtOnce } from './arms/arms-at-once.js';
import type { EventOf, Reused, RunOutcome, SavedNetwork, StageRecord } from './events/events.js';
import { placeWithin, runStage } from './stages/run-stage.js';
import { wasOver } from './stages/stops.js';
import { conditionsFor, type RunInputs } from './state/run-inputs.js';
import { placeOf, type RunState, secondsSince, type Untimed } from './state/run-state.js';
import { savedNetwork, type Unsaved, writeModel, writeModelOfCheckpoint } from './state/snapshot.js';
import { digestOf } from './state/stage-data.js';
import { failedWith, type Stop } from './state/stop.js';

export interface RunSummary {
  readonly outcome: RunOutcome;
  /** The network in its `model/`, with its loss, which is the loss of the run. Absent where no model could be saved. */
  readonly model?: SavedNetwork;
  readonly folder: string;
  readonly stages: readonly StageRecord[];
  readonly plan: Plan;
  /** The seconds that it took, without the time between two processes. */
  readonly seconds: number;
  /** How often it was resumed. */
  readonly resumes: number;
  /** What was not trained again. */
  readonly reused?: Reused;
  /** Bytes of UTF-8 per target where losses are measured, which converts them to bits per byte. Absent for random tokens. */
  readonly bytesPerToken?: number;
}

/** Closes the levels and branches of a run that stops inside them, which gives its model. */
const close = async (run: RunState): Promise<E.Either<BackendError, SavedNetwork>> => {
  const { given, visits, stages, step, validationLoss } = run;
  if (given.stack.levels.length === 0) return E.left(failed(given.backend.name, 'the state was lost with the arm that had it'));
  const rest = resolvedClosing(visits.slice(0, stages));
  const closed = await given.stack.close(rest);
  if (E.isLeft(closed)) return closed;
  return E.right(savedNetwork(given.stack, step, rest, validationLoss));
};

/** Writes `model/`: the state at the end, or the last good one of a run that diverged. */
const writeNetwork = async (run: RunState, stop: Stop | undefined): Promise<E.Either<Unsaved, SavedNetwork>> => {
  const { given, goodCheckpoint } = run;
  const { folder, backend, stack, model, dataset } = given;
  if (stop?.kind === 'diverged' && goodCheckpoint !== undefined) {
    // The diverged levels are released to make room for those of the checkpoint.
    given.memory.forget('');
    stack.release();
    return writeModelOfCheckpoint(folder, goodCheckpoint, given, dataset);
  }
  const closed = await close(run);
  if (E.isLeft(closed)) return E.left(faultOf(closed.left));
  return E.map(() => closed.right)(await writeModel(folder, backend, stack.current, model, dataset));
};

/** How a run ended, and the network that it saved. */
interface End {
  readonly outcome: RunOutcome;
  readonly model?: SavedNetwork;
}

/** Saves a model. A run whose model cannot be written, or is not finite, has not finished; a run that was stopped reports the stop. */
const save = async (run: RunState, stop: Stop | undefined): Promise<End> => {
  const saved = await writeNetwork(run, stop);
  if (E.isRight(saved)) return { outcome: stop ?? { kind: 'finished' }, model: saved.right };
  if (stop !== undefined) return { outcome: stop };
  const { kind, message } = saved.left;
  return kind === 'not-finite' ? save(run, run.diverged(run.visits.length - 1, run.step, message)) : { outcome: failedWith({ message }) };
};

/** How much text a token stands for where the run's losses are measured. */
export const measureOf = (dataset: Dataset, { setup: { batch, model, evaluation } }: Schedule): { readonly bytesPerToken?: number } => {
  const bytes = bytesPerToken(dataset, { batch, context: model.context, count: evaluation.batches });
  return bytes === undefined ? {} : { bytesPerToken: bytes };
};

/** What a run says first. */
export const startOf = (inputs: RunInputs): Untimed<EventOf<'run-started'>> => {
  const { schedule, backend, plan, checkpoints, dataset, reused, named } = inputs;
  const { device, versions } = backend.capabilities;
  return {
    kind: 'run-started',
    backend: backend.name,
    device,
    versions,
    ...arithmeticOf(backend.capabilities),
    ...conditionsFor(inputs),
    schedule,
    ...given({ named }),
    ...digestOf(schedule, dataset),
    ...measureOf(dataset, schedule),
    stages: resolve(schedule).map((visit) => placeOf(visit, plan)),
    work: plannedWork(plan),
    ...(reused === undefined ? {} : { reused }),
    steps: plan.steps,
    checkpoints,
  };
};

/**
 * Reports the beginning of a run, and writes a checkpoint before any training, so that a run that diverges early has a good state to fall back on.
 */
export const begin = async (run: RunState): Promise<Stop | undefined> => {
  run.emit(startOf(run.given));
  return run.checkpoint(0, 'before');
};

/** The states that the run will reach by training, for those who wait for one of them. */
const tellAhead = (run: RunState, first: number): void =>
  run.given.states?.ahead?.(
    run.visits.slice(first).flatMap((visit) => {
      const address = run.addresses.get(visit.index);
      const over = visit.stage.kind === 'train' && wasOver(run, visit.stage, placeWithin(run, visit));
      return address === undefined || over ? [] : [address];
    }),
  );

/** Walks the rest of the schedule; arms of a branch one after the other, or at once. */
const walkRest = async (run: RunState): Promise<Stop | undefined> => {
  const { visits } = run;
  const first = run.continues?.place.stage ?? 0;
  tellAhead(run, first);
  const branches = branchesAtOnce(run);
  for (let index = first; index < visits.length; ) {
    const branch = branches.find(({ arms: [first = 0], merge }) => first <= index && index < merge);
    const stop = branch === undefined ? await runStage(run, visits[index] as ResolvedVisit) : await runArmsAtOnce(run, branch, index);
    if (stop !== undefined) return stop;
    index = branch?.merge ?? index + 1;
  }
  return undefined;
};

/** Walks the rest of the schedule, and saves a model. */
const finish = async (run: RunState, stopped: Stop | undefined, began: number): Promise<End> => {
  const stop = stopped ?? (await walkRest(run));
  run.programs.dispose();
  const end = await save(run, stop);
  run.emit({ kind: 'run-ended', ...end, seconds: (run.continues?.earlierSeconds ?? 0) + secondsSince(began) });
  // A run whose end could not be written has not finished: readers of its events would find only a part of them.
  return end.outcome.kind === 'finished' ? { ...end, outcome: run.brokenFolder ?? end.outcome } : end;
};

/** The history before the first stage that is walked. */
export interface Opening {
  /** When it began, on the clock of `performance.now()`. */
  readonly began: number;
  /** How often the run was resumed. */
  readonly resumes: number;
  /** What ended the run there. */
  readonly stop: Stop | undefined;
}

/** From the first stage, or from a checkpoint, to the summary. Closes the folder. */
export const carryOut = async (run: RunState, { began, resumes, stop }: Opening): Promise<E.Either<Fault, RunSummary>> => {
  const { schedule, dataset, plan, backend, folder, stack } = run.given;
  const end = await finish(run, stop, began);
  run.given.memory.forget('');
  stack.release();
  const seconds = (run.continues?.earlierSeconds ?? 0) + secondsSince(began);
  const { reused } = run.given;
  const again = reused === undefined ? {} : { reused };
  const summary: RunSummary = {
    ...end,
    folder: folder.path,
    stages: run.records,
    plan,
    seconds,
    resumes,
    ...measureOf(dataset, schedule),
    ...again,
  };
  const { name, capabilities } = backend;
  const { device, versions } = capabilities;
  const record = {
    scheduleHash: scheduleHash(schedule),
    ...digestOf(schedule, dataset),
    backend: name,
    device,
    versions,
    ...arithmeticOf(capabilities),
    ...summary,
  };
  const saved = folder.writeSummary(
    (events) => `${JSON.stringify({ ...record, ...(events === undefined ? {} : { events }) }, undefined, 2)}\n`,
  );
  folder.close();
  return E.isLeft(saved) && end.outcome.kind === 'finished' ? saved : E.right(summary);
};
