/**
 * What a run requires of the place where it leaves its files, and the names of those files: `schedule.json`, `events.jsonl`, `summary.json`,
 * `checkpoints/`, `model/`. Not here: such places (`disk-folder.ts`, `memory-folder.ts`), what is written (`../stage-machine.ts`,
 * `../state/snapshot.ts`).
 */

import type { Either } from 'fp-ts/lib/Either.js';
import type { Bytes } from '../../byte-pieces.js';
import type { Fault } from '../../fault.js';
import type { Schedule } from '../../schedule/schedule.js';
import type { RunEvent } from '../events/events.js';
import type { EventsDigest, SavedSummary } from './summary.js';

export const RUN_FILES = {
  schedule: 'schedule.json',
  events: 'events.jsonl',
  summary: 'summary.json',
  checkpoints: 'checkpoints',
  model: 'model',
} as const;

/** The folder of a run in progress. Names are relative, with `/` between folders. */
export interface RunFolder {
  /** Its name in messages and summaries. */
  readonly path: string;
  /** The first write that failed since the run began. */
  readonly failure: Fault | undefined;
  /** Left from the first event on that could not be written: later ones would describe a different run. */
  append(event: RunEvent): Either<Fault, void>;
  /** Writes a file under the run folder, completely or not at all. */
  write(name: string, data: Bytes | string): Either<Fault, void>;
  read(name: string): Either<Fault, Bytes>;
  /** Writes a checkpoint, after all earlier events; not if one of these was lost. */
  writeCheckpoint(name: string, data: Bytes): Either<Fault, void>;
  /** Writes the summary, after all events; `summary` receives their digest, if they are kept. */
  writeSummary(summary: (events: EventsDigest | undefined) => string): Either<Fault, void>;
  /** Removes all checkpoints but the newest, and others that are needed. */
  keepNewestCheckpoints(count: number, others: readonly string[]): Either<Fault, void>;
  close(): void;
  /** Closes it and removes what was created, since the run did not begin. */
  abandon(): void;
}

/** The folder of a run that is resumed. */
export interface ReopenedFolder extends RunFolder {
  /** Names of the checkpoints, the newest first. */
  checkpoints(): Either<Fault, readonly string[]>;
  /** Cuts `events.jsonl` after this many bytes. */
  cutEvents(bytes: number): Either<Fault, void>;
  /** Removes a file, which need not be there. */
  remove(name: string): Either<Fault, void>;
  /** Renames an unusable checkpoint, so that its bytes are kept but it is not taken for a checkpoint. */
  setAside(name: string): Either<Fault, void>;
}

/** Where a run folder is to be created. */
export interface RunPlace {
  /** Called before anything costly begins. */
  isFree(): Either<Fault, void>;
  create(): Either<Fault, RunFolder>;
}

/** What such a place contains, before it is resumed. */
export interface Unfinished {
  /** Its path. */
  readonly folder: string;
  readonly schedule: Schedule;
  /** Absent when the run ended before writing it, and if there is `damage`. */
  readonly started?: Extract<RunEvent, { kind: 'run-started' }>;
  /** Why its events cannot be trusted from their first line on. */
  readonly damage?: string;
  /** Absent for a run that crashed. */
  readonly summary?: SavedSummary;
}

/** A place whose run can be continued. */
export interface LastingPlace extends RunPlace {
  readonly path: string;
  /** What it contains, before it is continued. */
  unfinished(): Either<Fault, Unfinished>;
  /** A folder that holds a run which nobody is writing. */
  reopen(): Either<Fault, ReopenedFolder>;
}

/** Checkpoints are named so that they sort by age. */
export const checkpointName = (step: number): string => `${RUN_FILES.checkpoints}/step-${String(step).padStart(8, '0')}.safetensors`;

export const isCheckpoint = (name: string): boolean => /^step-\d+\.safetensors$/.test(name);
