/**
 * The state of a run while it walks its schedule: its options, its progress, and its output (events, checkpoints). Not here: what each stage does
 * (`../stage-machine.ts`, `../stages/training-stage.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Bytes, joined } from '../../byte-pieces.js';
import type { Fault } from '../../fault.js';
import type { Plan } from '../../plan/plan.js';
import { flopsOfWork, type Work } from '../../plan/work.js';
import { type Flops, noFlops } from '../../program/types/flops.js';
import { gridOf } from '../../schedule/grid.js';
import { scheduleHash } from '../../schedule/json/canonical.js';
import { inStage, inside } from '../../schedule/sentences.js';
import { changes, type Visit } from '../../schedule/walk/walk.js';
import { resolve } from '../../transfer/resolve.js';
import type { ResolvedVisit } from '../../transfer/resolved.js';
import { encodeCheckpoint } from '../checkpoints/checkpoint.js';
import type { Checkpoint, CheckpointPlace } from '../checkpoints/saved-state.js';
import { isOutsideHistory, type RunEvent, type StagePlace, type StageRecord } from '../events/events.js';
import type { SpikeMemory } from '../events/spike-memory.js';
import { type EndMemory, lossesKeptBy } from '../events/stage-end.js';
import { checkpointName, RUN_FILES } from '../folder/run-folder.js';
import { stateAddresses } from './kept-states.js';
import type { Continuation, RunInputs } from './run-inputs.js';
import { RunPrograms } from './run-programs.js';
import { takeState } from './snapshot.js';
import { nothingYet, type StageProgress } from './stage-progress.js';
import { failedWith, type Stop } from './stop.js';

/** An event before its time is stamped; distributes over the union. */
export type Untimed<T> = T extends unknown ? Omit<T, 'time'> : never;

export const placeOf = (visit: Visit, plan: Plan): StagePlace => ({
  index: visit.index,
  op: visit.op,
  kind: visit.stage.kind,
  branches: visit.branches,
  ...gridOf(visit),
  steps: plan.stages[visit.index]?.steps ?? 0,
});

export const secondsSince = (began: number): number => (performance.now() - began) / 1000;

/** An evaluation, and the state of the run to which it belongs. */
export interface EvaluatedState {
  /** The number of stages at that time, as `RunState.stages` counts them. */
  readonly stages: number;
  readonly step: number;
  readonly loss: number;
}

/** The remedy for a transfer that overflows. */
const TOO_LARGE = 'a transfer led beyond what float32 holds: take smaller entries in its matrices, or smaller weights of its arms';

/** The names, in the run's memory, of what stage ends have seen, and of what is known about spikes. */
const ENDS = 'ends';
const SPIKES = 'spikes';

export class RunState {
  readonly programs: RunPrograms;
  readonly records: StageRecord[];
  readonly visits: readonly ResolvedVisit[];
  /** Where the stage that is carried out is, as far as its batches depend on it. */
  here: Pick<Visit, 'beside' | 'replica'> = {};
  /** The number of stages that have determined the present level: finished transfers, and training that has begun. */
  stages: number;
  /** Training steps taken in the run, and those of them that were thrown away after spikes; done in the present stage. */
  step: number;
  thrown: number;
  stageStep: number;
  /** FLOPs of training and transfers so far. */
  flops: Flops;
  progress: StageProgress;
  /** The last evaluation. */
  evaluated: EvaluatedState | undefined;
  /** The newest checkpoint whose state had a finite loss. */
  #goodCheckpoint: string | undefined;
  /** The newest checkpoint; the next loss shows whether its state is good. */
  #latestCheckpoint: string | undefined;
  /** The number of events so far that an uninterrupted run would also have. */
  #events: number;
  /** Of the states at the ends of training stages, by their index. */
  readonly addresses: ReadonlyMap<number, string>;
  /** The number of training losses that some end of the schedule needs. */
  readonly lossesKept: number;

  constructor(
    readonly given: RunInputs,
    readonly continues?: Continuation,
  ) {
    this.programs = new RunPrograms(given.backend, given.model, given.schedule.setup);
    this.visits = resolve(given.schedule);
    this.lossesKept = lossesKeptBy(this.visits);
    this.stages = continues === undefined ? 0 : continues.place.stage + (continues.place.phase === 'before' ? 0 : 1);
    const { step = 0, thrown = 0, stageStep = 0, flops = noFlops, events = 0, good, phase } = continues?.place ?? {};
    this.step = step;
    this.thrown = thrown;
    this.stageStep = stageStep;
    this.flops = flops;
    this.#events = events;
    this.#goodCheckpoint = good;
    this.#latestCheckpoint = continues?.file;
    this.records = [...(continues?.records ?? [])];
    this.progress = continues?.progress ?? nothingYet;
    this.addresses = given.states === undefined || given.mixed === true ? new Map() : stateAddresses(given, given.states.facts);
    const loss = phase === 'evaluated' ? this.progress.evaluations.at(-1)?.loss : continues?.place.validationLoss;
    this.evaluated = loss === undefined ? undefined : { stages: this.stages, step, loss };
  }

  /** What the ends of training stages have seen. */
  get ends(): EndMemory {
    return (this.given.memory.values.get(ENDS) as EndMemory | undefined) ?? {};
  }

  set ends(seen: EndMemory) {
    this.given.memory.setValue(ENDS, seen);
  }

  /** What the present training stage, or the last one, knows about spikes. */
  get spikes(): SpikeMemory | undefined {
    return this.given.memory.values.get(SPIKES) as SpikeMemory | undefined;
  }

  set spikes(known: SpikeMemory) {
    this.given.memory.setValue(SPIKES, known);
  }

  /** The schedule's steps that are done, by which evaluations are due. */
  get stepsKept(): number {
    return this.step - this.thrown;
  }

  /** The file of a checkpoint of the present state. */
  get checkpointFile(): string {
    return checkpointName(this.step);
  }

  get goodCheckpoint(): string | undefined {
    return this.#goodCheckpoint;
  }

  emit(event: Untimed<RunEvent>): void {
    const timed = { time: Date.now(), ...event } as RunEvent;
    if (!isOutsideHistory(timed)) this.#events += 1;
    // A failed write is remembered in the folder and ends the run after this step.
    this.given.folder.append(timed);
    this.tell(timed);
  }

  /** Emits an event without recording it, for listeners that were added after it happened. */
  tell(event: RunEvent): void {
    for (const listener of this.given.listeners) listener(event);
  }

  /** The first failed write, as the reason for ending the run. */
  get brokenFolder(): Stop | undefined {
    const { failure } = this.given.folder;
    return failure && failedWith(failure);
  }

  /** FLOPs of work that was carried out, by the programs that ran. */
  counted(work: readonly Work[]): Flops {
    const { transfers } = this.given.stack;
    return flopsOfWork(work, transfers.tensorsAt, ({ kind, key }) =>
      (kind === 'model' ? this.programs.executables : transfers.executables).flopsOf(key),
    );
  }

  /** The step that a stage takes now, as batches and learning rates count: replicas take theirs at the same time. */
  clockStep({ beside = 0 }: Pick<Visit, 'beside'>): number {
    return this.step - beside;
  }

  beginStage(): void {
    this.stageStep = 0;
    this.progress = nothingYet;
  }

  /** The validation loss of the present state, if it was evaluated. */
  get validationLoss(): number | undefined {
    const { evaluated, step, visits, stages } = this;
    if (evaluated?.step !== step) return undefined;
    return visits.slice(evaluated.stages, stages).some(({ stage }) => changes(stage)) ? undefined : evaluated.loss;
  }

  /** What ends a run whose numbers are no longer finite. */
  diverged(index: number, step: number, what: string, how?: string): Stop {
    const visit = this.visits[index];
    if (visit === undefined) throw new Error(`a run has no stage ${index}`);
    const found = inside(inStage(visit.at, visit.op), what);
    const remedy = how ?? (visit.stage.kind === 'train' ? 'lower the learning rate or clip the gradient' : TOO_LARGE);
    const good = this.goodCheckpoint === undefined ? 'no checkpoint before it was good' : `the last good state is ${this.goodCheckpoint}`;
    return { kind: 'diverged', stage: index, step, found, message: `${found}; ${good}; ${remedy}` };
  }

  /** The present state, on the host. Left: it is not finite, or the backend failed. */
  async take(stage: number, phase: CheckpointPlace['phase']): Promise<E.Either<Stop, Checkpoint>> {
    const { backend, stack, memory, schedule } = this.given;
    const taken = await takeState(backend, stack, memory, {
      scheduleHash: scheduleHash(schedule),
      stage,
      phase,
      stageStep: this.stageStep,
      step: this.step,
      ...(this.thrown === 0 ? {} : { thrown: this.thrown }),
      flops: this.flops,
      events: this.#events,
      good: this.#goodCheckpoint,
      ...(phase !== 'stepped' && this.validationLoss !== undefined ? { validationLoss: this.validationLoss } : {}),
    });
    if (E.isRight(taken)) return taken;
    return E.left(
      taken.left.kind === 'not-finite'
        ? this.diverged(stage, this.step, `after step ${this.step} ${taken.left.message}`)
        : failedWith(taken.left),
    );
  }

  /** @param over the training stage has ended, and its state may be what other runs begin with. */
  async checkpoint(stage: number, phase: CheckpointPlace['phase'], over = false): Promise<Stop | undefined> {
    const taken = await this.take(stage, phase);
    return E.isLeft(taken) ? taken.left : this.put(taken.right, over);
  }

  /** Writes a state of this run as a checkpoint, after the events so far. */
  put(state: Checkpoint, over = false): Stop | undefined {
    const { folder, checkpoints } = this.given;
    const { stage, phase, step } = state.place;
    const file = checkpointName(step);
    // A state whose validation loss is known, or that no step has led to, is good; any other proves good in the next step.
    const proved = phase !== 'stepped';
    const place = { ...state.place, events: this.#events, good: proved ? file : this.#goodCheckpoint };
    const bytes = encodeCheckpoint({ ...state, place });
    const written = folder.writeCheckpoint(file, bytes);
    if (E.isLeft(written)) return failedWith(written.left);
    this.#latestCheckpoint = file;
    if (proved) this.trustCheckpoint();
    const needed = [
      ...(this.#goodCheckpoint === undefined ? [] : [this.#goodCheckpoint]),
      ...(this.spikes?.points ?? []).map((point) => point.file),
    ];
    const swept = folder.keepNewestCheckpoints(checkpoints.keep, needed);
    if (E.isLeft(swept)) return failedWith(swept.left);
    this.emit({ kind: 'checkpointed', step, file });
    if (over) this.#keep(stage, bytes);
    return undefined;
  }

  /** Keeps the state at a stage's end for other runs. A state that cannot be kept is told, and the run continues. */
  #keep(stage: number, checkpoint: Bytes): void {
    const { states, folder } = this.given;
    const address = this.addresses.get(stage);
    if (states === undefined || address === undefined) return;
    const kept = states.keep(address, () =>
      E.bimap(
        ({ message }: Fault) => message,
        (events: Bytes) => ({ checkpoint, events: joined(events), run: folder.path }),
      )(folder.read(RUN_FILES.events)),
    );
    if (E.isLeft(kept)) states.tell(`the state after stage ${stage + 1} is not kept (${kept.left})`);
  }

  /** The run has returned to the state of a checkpoint. @param validationLoss of that state, if it was evaluated. */
  returned(file: string, validationLoss: number | undefined): void {
    this.#latestCheckpoint = file;
    this.evaluated = validationLoss === undefined ? undefined : { stages: this.stages, step: this.step, loss: validationLoss };
  }

  /** The last checkpoint's state has had a finite loss. */
  trustCheckpoint(): void {
    this.#goodCheckpoint = this.#latestCheckpoint;
  }

  /** Ends a stage with its record, a row of the final table. */
  end(visit: Visit, seconds: number, done: Omit<StageRecord, keyof StagePlace | 'planned' | 'seconds'>): void {
    const stage = this.given.plan.stages[visit.index];
    // A line search may end before its last try.
    const planned = stage?.byTries?.[(done.search?.tries ?? 0) - 1] ?? stage?.flops ?? noFlops;
    const record: StageRecord = { ...placeOf(visit, this.given.plan), planned, ...done, seconds };
    this.records.push(record);
    this.emit({ kind: 'stage-ended', record });
  }
}
