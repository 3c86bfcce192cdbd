/**
 * What a run needs of the place where it leaves its files, and what those files are called: `schedule.json`, `events.jsonl`,
 * `summary.json`, `checkpoints/`, `model/`. Not here: such places (`disk-folder.ts`, `memory-folder.ts`), what is written (`../stage-machine.ts`,
 * `../state/snapshot.ts`).
 */
import type { Either } from 'fp-ts/lib/Either.js';
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

/** The folder of a run that is under way. Names are relative, with `/` between folders. */
export interface RunFolder {
  /** What messages and summaries call it. */
  readonly path: string;
  /** The first write that failed since the run began. */
  readonly failure: Fault | undefined;
  /** Left from the first event on that could not be written: those after it would tell of another run. */
  append(event: RunEvent): Either<Fault, void>;
  /** Writes a file under the run folder, whole or not at all. */
  write(name: string, data: Uint8Array | string): Either<Fault, void>;
  read(name: string): Either<Fault, Uint8Array>;
  /** Writes a checkpoint, after all events that came before it; not where one of these was lost. */
  writeCheckpoint(name: string, data: Uint8Array): Either<Fault, void>;
  /** Writes the summary, after all events; `summary` is given their digest, where they are kept. */
  writeSummary(summary: (events: EventsDigest | undefined) => string): Either<Fault, void>;
  /** Removes all checkpoints but the newest, and the one to fall back on. */
  keepNewestCheckpoints(count: number, fallback: string | undefined): Either<Fault, void>;
  close(): void;
  /** Closes it, and takes away what was made: the run did not begin. */
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
  /** A checkpoint that cannot be continued from keeps its bytes under another name, where nothing takes it for a checkpoint. */
  setAside(name: string): Either<Fault, void>;
}

/** Where a run folder is to be. */
export interface RunPlace {
  /** Asked before anything costly is begun. */
  isFree(): Either<Fault, void>;
  create(): Either<Fault, RunFolder>;
}

/** What such a place says of its run, before anybody resumes it. */
export interface Unfinished {
  /** Its path. */
  readonly folder: string;
  readonly schedule: Schedule;
  /** Absent when the run ended before it could say so, and where `damage`. */
  readonly started?: Extract<RunEvent, { kind: 'run-started' }>;
  /** Why its events cannot be trusted from their first line on. */
  readonly damage?: string;
  /** Absent for a run that crashed. */
  readonly summary?: SavedSummary;
}

/** A place whose run can be continued. */
export interface LastingPlace extends RunPlace {
  readonly path: string;
  /** What it says of its run, before anybody continues it. */
  unfinished(): Either<Fault, Unfinished>;
  /** A folder that holds a run which nobody is writing. */
  reopen(): Either<Fault, ReopenedFolder>;
}

/** Checkpoints are named so that they sort by age. */
export const checkpointName = (step: number): string => `${RUN_FILES.checkpoints}/step-${String(step).padStart(8, '0')}.safetensors`;

export const isCheckpoint = (name: string): boolean => /^step-\d+\.safetensors$/.test(name);
