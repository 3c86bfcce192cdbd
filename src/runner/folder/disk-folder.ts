/**
 * The run folder on disk; while it is written it also holds `running-….json`. Node only. Not here: how a file is written so that it is never
 * seen half-written (`durable.ts`), who may write (`run-lock.ts`).
 */
import { existsSync, fstatSync, ftruncateSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, inputFault, runFault } from '../../fault.js';
import { makeFolder } from '../../make-folder.js';
import type { RunEvent } from '../events.js';
import { type Disk, nodeDisk, PARTIAL, writeDurably } from './durable.js';
import { isCheckpoint, type LastingPlace, type ReopenedFolder, RUN_FILES } from './run-folder.js';
import { lockRun, type RunLock } from './run-lock.js';

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const holdsRun = (folder: string): boolean => existsSync(join(folder, RUN_FILES.schedule)) || existsSync(join(folder, RUN_FILES.events));

/** What the sentences below ask for. */
const ANOTHER = 'another folder';

/** What stands in the way of a run in this folder: in one that is new or empty there is nothing to spoil. */
const obstacle = (folder: string): string | undefined => {
  if (folder.trim() === '') return 'the run folder must have a name (was empty); name another folder';
  if (holdsRun(folder)) return `${folder} already holds a run; name another folder, or remove it`;
  const [first] = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  return first === undefined ? undefined : `${folder} must be a new or an empty folder (it holds ${first}); name another folder`;
};

/** What a checkpoint that cannot be gone on from is called from then on. */
const ASIDE = '.damaged';

/** Removes what a process that was killed left half-written. */
const sweep = (disk: Disk, path: string): void => {
  for (const folder of [path, join(path, RUN_FILES.checkpoints), join(path, RUN_FILES.model)])
    for (const name of readdirSync(folder)) if (name.endsWith(PARTIAL)) disk.remove(join(folder, name));
};

export class DiskFolder implements ReopenedFolder {
  #failure: Fault | undefined;

  private constructor(
    readonly path: string,
    private readonly disk: Disk,
    private readonly lock: RunLock,
    private readonly events: number,
    /** Bytes of `events.jsonl` that are whole lines. */
    private eventBytes: number,
  ) {}

  static isFree(path: string): E.Either<Fault, void> {
    return pipe(
      E.tryCatch(
        () => obstacle(path),
        (error) => inputFault(`${path} cannot be looked into (${reason(error)}); name another folder`, ANOTHER),
      ),
      E.chain((found) => (found === undefined ? E.right(undefined) : E.left(inputFault(found, ANOTHER)))),
    );
  }

  static create(path: string, disk: Disk): E.Either<Fault, DiskFolder> {
    const cannot = (error: unknown): Fault =>
      inputFault(`${path} cannot be made into a run folder (${reason(error)}); name another folder`, ANOTHER);
    return pipe(
      DiskFolder.isFree(path),
      E.chain(() =>
        E.tryCatch(() => {
          makeFolder(join(path, RUN_FILES.checkpoints));
          makeFolder(join(path, RUN_FILES.model));
          return disk.open(join(path, RUN_FILES.events), 'ax');
        }, cannot),
      ),
      E.chain((events) =>
        pipe(
          lockRun(path),
          E.map((lock) => new DiskFolder(path, disk, lock, events, 0)),
        ),
      ),
    );
  }

  /** A folder that holds a run which nobody is writing. */
  static reopen(path: string, disk: Disk): E.Either<Fault, DiskFolder> {
    return pipe(
      lockRun(path),
      E.chain((lock) =>
        pipe(
          E.tryCatch(
            () => {
              makeFolder(join(path, RUN_FILES.checkpoints));
              makeFolder(join(path, RUN_FILES.model));
              sweep(disk, path);
              const events = disk.open(join(path, RUN_FILES.events), 'a');
              return new DiskFolder(path, disk, lock, events, fstatSync(events).size);
            },
            (error) => {
              lock.release();
              return inputFault(
                `${path} cannot be written to (${reason(error)}); change its permissions, for a run is resumed in its own folder`,
              );
            },
          ),
        ),
      ),
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
      const line = new TextEncoder().encode(`${JSON.stringify(event)}\n`);
      try {
        for (let written = 0; written < line.byteLength; ) written += this.disk.write(this.events, line, written);
        this.eventBytes += line.byteLength;
      } catch (error) {
        // Half a line would spoil the one after it.
        ftruncateSync(this.events, this.eventBytes);
        throw error;
      }
    });
  }

  cutEvents(bytes: number): E.Either<Fault, void> {
    return this.#attempt(RUN_FILES.events, () => {
      ftruncateSync(this.events, bytes);
      this.disk.sync(this.events);
      this.eventBytes = bytes;
    });
  }

  write(name: string, data: Uint8Array | string): E.Either<Fault, void> {
    return this.#attempt(name, () =>
      writeDurably(this.disk, join(this.path, name), typeof data === 'string' ? new TextEncoder().encode(data) : data),
    );
  }

  /** Writes a checkpoint. What it says of the events must not outlive them. */
  writeCheckpoint(name: string, data: Uint8Array): E.Either<Fault, void> {
    return pipe(
      this.#attempt(RUN_FILES.events, () => this.disk.sync(this.events)),
      E.chain(() => this.write(name, data)),
    );
  }

  read(name: string): E.Either<Fault, Uint8Array> {
    return E.tryCatch(
      () => readFileSync(join(this.path, name)),
      (error) => runFault(`${join(this.path, name)} could not be read (${reason(error)})`),
    );
  }

  remove(name: string): E.Either<Fault, void> {
    return this.#attempt(name, () => this.disk.remove(join(this.path, name)));
  }

  checkpoints(): readonly string[] {
    return readdirSync(join(this.path, RUN_FILES.checkpoints))
      .filter(isCheckpoint)
      .sort()
      .reverse()
      .map((name) => `${RUN_FILES.checkpoints}/${name}`);
  }

  setAside(name: string): E.Either<Fault, void> {
    return this.#attempt(name, () => this.disk.rename(join(this.path, name), join(this.path, `${name}${ASIDE}`)));
  }

  keepNewestCheckpoints(count: number, fallback: string | undefined): E.Either<Fault, void> {
    return this.#attempt(RUN_FILES.checkpoints, () => {
      for (const name of this.checkpoints().slice(count)) if (name !== fallback) this.disk.remove(join(this.path, name));
    });
  }

  close(): void {
    this.disk.close(this.events);
    this.lock.release();
  }
}

/** A folder of this path: made by a run, where nothing may stand yet, or reopened by one that goes on. */
export const onDisk = (path: string, disk: Disk = nodeDisk): LastingPlace => ({
  path,
  isFree: () => DiskFolder.isFree(path),
  create: () => DiskFolder.create(path, disk),
  reopen: () => DiskFolder.reopen(path, disk),
});
