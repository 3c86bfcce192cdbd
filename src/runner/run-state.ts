/**
 * What a run has in hand while it walks: what it was given, how far it is, and how it speaks (events, checkpoints). Not here: what is done
 * with it, stage by stage (`run.ts`, `training-stage.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend } from '../backend.js';
import type { Dataset } from '../data/dataset.js';
import type { SizedModel } from '../model/parameters.js';
import { type Flops, noFlops } from '../program/flops.js';
import { scheduleHash } from '../schedule/json.js';
import type { Plan } from '../schedule/plan.js';
import type { Schedule } from '../schedule/schedule.js';
import { gridOf, type Visit, walk } from '../schedule/walk.js';
import { mergesOf } from '../transfer/branch-merges.js';
import type { MergeRecipes } from '../transfer/merge.js';
import type { RunEvent, RunOutcome, StagePlace, StageRecord } from './events.js';
import type { LevelStack } from './level-stack.js';
import { RunPrograms } from './programs-of-run.js';
import type { RunFolder } from './run-folder.js';
import { writeCheckpoint } from './snapshot.js';
import { type EndMemory, lossesNeeded } from './stage-end.js';

/** What ends a run before its schedule does. */
export type Stop = Exclude<RunOutcome, { kind: 'finished' }>;

/** An event before its time is stamped; distributes over the union. */
type Untimed<T> = T extends unknown ? Omit<T, 'time'> : never;

export interface RunInputs {
  readonly schedule: Schedule;
  readonly model: SizedModel;
  readonly dataset: Dataset;
  readonly plan: Plan;
  readonly backend: Backend;
  readonly folder: RunFolder;
  readonly stack: LevelStack;
  readonly listeners: readonly ((event: RunEvent) => void)[];
  readonly signal: AbortSignal | undefined;
}

export const placeOf = (visit: Visit, plan: Plan): StagePlace => ({
  index: visit.index,
  op: visit.op,
  kind: visit.stage.kind,
  branches: visit.branches,
  ...gridOf(visit),
  steps: plan.stages[visit.index]?.steps ?? 0,
});

export const secondsSince = (began: number): number => (performance.now() - began) / 1000;

export const failedWith = ({ message }: { readonly message: string }): Stop => ({ kind: 'failed', message });

export class RunState {
  readonly programs: RunPrograms;
  readonly records: StageRecord[] = [];
  readonly visits: readonly Visit[];
  /** By the index of their visit. */
  readonly merges: ReadonlyMap<number, MergeRecipes>;
  /** Stages whose level is (or was) the present one: transfers that are done, training that has begun. */
  stages = 0;
  /** Training steps done, in the run and in the present stage. */
  step = 0;
  stageStep = 0;
  /** FLOPs of training and transfers so far. */
  flops: Flops = noFlops;
  /** What the ends of training stages have seen. */
  ends: EndMemory = {};
  /** The newest checkpoint whose state had a finite loss. */
  goodCheckpoint: string | undefined;
  /** The newest checkpoint; whether its state is any good shows in the next loss. */
  #latestCheckpoint: string | undefined;

  /** Training losses that some end of the schedule looks back on. */
  readonly lossesKept: number;

  constructor(readonly given: RunInputs) {
    this.programs = new RunPrograms(given.backend, given.model, given.schedule.setup);
    this.visits = walk(given.schedule);
    this.merges = mergesOf(this.visits);
    this.lossesKept = Math.max(0, ...this.visits.map(({ stage }) => (stage.kind === 'train' ? lossesNeeded(stage.until) : 0)));
  }

  emit(event: Untimed<RunEvent>): void {
    const timed = { time: Date.now(), ...event } as RunEvent;
    // A write that fails is kept in the folder and ends the run after this step.
    this.given.folder.append(timed);
    for (const listener of this.given.listeners) listener(timed);
  }

  /** The first write that failed, as what ends the run. */
  get brokenFolder(): Stop | undefined {
    const { failure } = this.given.folder;
    return failure && failedWith(failure);
  }

  async checkpoint(stage: number): Promise<Stop | undefined> {
    const { folder, backend, stack, schedule } = this.given;
    const place = { scheduleHash: scheduleHash(schedule), stage, stageStep: this.stageStep, step: this.step };
    const written = await writeCheckpoint(folder, backend, stack, place, this.ends);
    if (E.isLeft(written)) return failedWith(written.left);
    this.#latestCheckpoint = written.right;
    this.emit({ kind: 'checkpointed', step: this.step, file: written.right });
    return undefined;
  }

  /** The state that was last written has had a finite loss. */
  trustCheckpoint(): void {
    this.goodCheckpoint = this.#latestCheckpoint;
  }

  /** Ends a stage: its record, which is a row of the closing table. */
  end(visit: Visit, began: number, done: Omit<StageRecord, keyof StagePlace | 'planned' | 'seconds'>): void {
    const stage = this.given.plan.stages[visit.index];
    // A line search may end before its last try.
    const planned = stage?.byTries?.[(done.search?.tries ?? 0) - 1] ?? stage?.flops ?? noFlops;
    const record: StageRecord = { ...placeOf(visit, this.given.plan), planned, ...done, seconds: secondsSince(began) };
    this.records.push(record);
    this.emit({ kind: 'stage-ended', record });
  }
}
