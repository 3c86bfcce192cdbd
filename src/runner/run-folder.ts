/**
 * What a run needs of the place where it leaves its files, and what those files are called: `schedule.json`, `events.jsonl`,
 * `summary.json`, `checkpoints/`, `model/`. Not here: such places (`disk-folder.ts`, `memory-folder.ts`), what is written (`run.ts`,
 * `snapshot.ts`).
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { Fault } from '../fault.js';
import type { RunEvent } from './events.js';

export const RUN_FILES = {
  schedule: 'schedule.json',
  events: 'events.jsonl',
  summary: 'summary.json',
  checkpoints: 'checkpoints',
  model: 'model',
} as const;

/** The folder of a run that is under way. Names are relative, with `/` between folders. */
export interface RunFolder {
  /** The first write that failed since the run began. */
  readonly failure: Fault | undefined;
  append(event: RunEvent): Either<Fault, void>;
  /** Writes a file under the run folder, whole or not at all. */
  write(name: string, data: Uint8Array | string): Either<Fault, void>;
  read(name: string): Either<Fault, Uint8Array>;
  /** Removes all but the newest checkpoints; names sort by age. */
  keepNewestCheckpoints(count: number): Either<Fault, void>;
  close(): void;
}

/** Where a run folder is to be. */
export interface RunPlace {
  /** What messages and summaries call it. */
  readonly path: string;
  /** Asked before anything costly is begun. */
  isFree(): Either<Fault, void>;
  create(): Either<Fault, RunFolder>;
}

/** Checkpoints are named so that they sort by age. */
export const isCheckpoint = (name: string): boolean => /^step-\d+\.safetensors$/.test(name);
