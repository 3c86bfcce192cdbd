/**
 * The run folder on disk. Files that must never be seen half-written go to a temporary name first and are renamed. Node only.
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
import { isCheckpoint, RUN_FILES, type RunFolder, type RunPlace } from './run-folder.js';

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const holdsRun = (folder: string): boolean => existsSync(join(folder, RUN_FILES.schedule)) || existsSync(join(folder, RUN_FILES.events));

/** What stands in the way of a run in this folder: in one that is new or empty there is nothing to spoil. */
const obstacle = (folder: string): string | undefined => {
  if (folder.trim() === '') return 'the run folder must have a name (was empty); give one with --out';
  if (holdsRun(folder)) return `${folder} already holds a run; name another folder with --out, or remove it`;
  const [first] = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  return first === undefined ? undefined : `${folder} must be a new or an empty folder (it holds ${first}); name another one with --out`;
};

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

export class DiskFolder implements RunFolder {
  #failure: Fault | undefined;

  private constructor(
    readonly path: string,
    private readonly events: number,
  ) {}

  static isFree(path: string): E.Either<Fault, void> {
    return pipe(
      E.tryCatch(
        () => obstacle(path),
        (error) => inputFault(`${path} cannot be looked into (${reason(error)}); name another folder with --out`),
      ),
      E.chain((found) => (found === undefined ? E.right(undefined) : E.left(inputFault(found)))),
    );
  }

  static create(path: string): E.Either<Fault, DiskFolder> {
    const free = DiskFolder.isFree(path);
    if (E.isLeft(free)) return free;
    return E.tryCatch(
      () => {
        mkdirSync(join(path, RUN_FILES.checkpoints), { recursive: true });
        mkdirSync(join(path, RUN_FILES.model), { recursive: true });
        return new DiskFolder(path, openSync(join(path, RUN_FILES.events), 'ax'));
      },
      (error) => inputFault(`${path} cannot be made into a run folder (${reason(error)}); name another one with --out`),
    );
  }

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

  write(name: string, data: Uint8Array | string): E.Either<Fault, void> {
    return this.#attempt(name, () => writeDurably(join(this.path, name), typeof data === 'string' ? new TextEncoder().encode(data) : data));
  }

  read(name: string): E.Either<Fault, Uint8Array> {
    return E.tryCatch(
      () => readFileSync(join(this.path, name)),
      (error) => runFault(`${join(this.path, name)} could not be read (${reason(error)})`),
    );
  }

  keepNewestCheckpoints(count: number): E.Either<Fault, void> {
    return this.#attempt(RUN_FILES.checkpoints, () => {
      const folder = join(this.path, RUN_FILES.checkpoints);
      const names = readdirSync(folder).filter(isCheckpoint).sort();
      for (const name of names.slice(0, Math.max(0, names.length - count))) rmSync(join(folder, name));
    });
  }

  close(): void {
    closeSync(this.events);
  }
}

/** A folder of this path, which the run makes and which must not hold anything yet. */
export const onDisk = (path: string): RunPlace => ({
  path,
  isFree: () => DiskFolder.isFree(path),
  create: () => DiskFolder.create(path),
});
