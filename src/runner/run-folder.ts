/**
 * The run folder: `schedule.json`, `events.jsonl`, `summary.json`, `checkpoints/`, `model/`. Files that must never be seen half-written
 * go to a temporary name first and are renamed. Not here: what is written (`run.ts`, `checkpoint.ts`).
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import type { RunEvent } from './events.js';

export const RUN_FILES = {
  schedule: 'schedule.json',
  events: 'events.jsonl',
  summary: 'summary.json',
  checkpoints: 'checkpoints',
  model: 'model',
} as const;

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const holdsRun = (folder: string): boolean => existsSync(join(folder, RUN_FILES.schedule)) || existsSync(join(folder, RUN_FILES.events));

/** What stands in the way of a run in this folder: in one that is new or empty there is nothing to spoil. */
const obstacle = (folder: string): string | undefined => {
  if (folder.trim() === '') return 'the run folder must have a name (was empty); give one with --out';
  if (holdsRun(folder)) return `${folder} already holds a run; name another folder with --out, or remove it`;
  const [first] = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  return first === undefined ? undefined : `${folder} must be a new or an empty folder (it holds ${first}); name another one with --out`;
};

/** Checkpoints are named so that they sort by age. */
const CHECKPOINT = /^step-\d+\.safetensors$/;

const writeDurably = (path: string, data: Uint8Array): void => {
  const temporary = `${path}.part`;
  const file = openSync(temporary, 'w');
  try {
    for (let written = 0; written < data.byteLength; ) written += writeSync(file, data, written);
    fsyncSync(file);
    renameSync(temporary, path);
  } finally {
    closeSync(file);
    rmSync(temporary, { force: true });
  }
};

export class RunFolder {
  #failure: Fault | undefined;

  private constructor(
    readonly path: string,
    private readonly events: number,
  ) {}

  /** Asked before anything costly is begun. */
  static isFree(path: string): E.Either<Fault, void> {
    return pipe(
      E.tryCatch(
        () => obstacle(path),
        (error) => inputFault(`${path} cannot be looked into (${reason(error)}); name another folder with --out`),
      ),
      E.chain((found) => (found === undefined ? E.right(undefined) : E.left(inputFault(found)))),
    );
  }

  static create(path: string): E.Either<Fault, RunFolder> {
    const free = RunFolder.isFree(path);
    if (E.isLeft(free)) return free;
    return E.tryCatch(
      () => {
        mkdirSync(join(path, RUN_FILES.checkpoints), { recursive: true });
        mkdirSync(join(path, RUN_FILES.model), { recursive: true });
        return new RunFolder(path, openSync(join(path, RUN_FILES.events), 'ax'));
      },
      (error) => inputFault(`${path} cannot be made into a run folder (${reason(error)}); name another one with --out`),
    );
  }

  /** The first write that failed since the run began. */
  get failure(): Fault | undefined {
    return this.#failure;
  }

  #attempt(what: string, action: () => void): E.Either<Fault, void> {
    const done = E.tryCatch(action, (error) => runFault(`${join(this.path, what)} could not be written (${reason(error)})`));
    if (E.isLeft(done)) this.#failure ??= done.left;
    return done;
  }

  append(event: RunEvent): E.Either<Fault, void> {
    return this.#attempt(RUN_FILES.events, () => {
      writeSync(this.events, `${JSON.stringify(event)}\n`);
    });
  }

  /** Writes a file under the run folder, whole or not at all. */
  write(name: string, data: Uint8Array | string): E.Either<Fault, void> {
    return this.#attempt(name, () => writeDurably(join(this.path, name), typeof data === 'string' ? new TextEncoder().encode(data) : data));
  }

  read(name: string): E.Either<Fault, Uint8Array> {
    return E.tryCatch(
      () => readFileSync(join(this.path, name)),
      (error) => runFault(`${join(this.path, name)} could not be read (${reason(error)})`),
    );
  }

  /** Removes all but the newest checkpoints; names sort by age. */
  keepNewestCheckpoints(count: number): E.Either<Fault, void> {
    return this.#attempt(RUN_FILES.checkpoints, () => {
      const folder = join(this.path, RUN_FILES.checkpoints);
      const names = readdirSync(folder)
        .filter((name) => CHECKPOINT.test(name))
        .sort();
      for (const name of names.slice(0, Math.max(0, names.length - count))) rmSync(join(folder, name));
    });
  }

  close(): void {
    closeSync(this.events);
  }
}
