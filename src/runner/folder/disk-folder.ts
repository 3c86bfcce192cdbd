/**
 * The run folder on disk; while it is written it also holds `running-….json`. Node only. Not here: writing files completely and only inside the
 * folder (`src/files`), who may write (`run-lock.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Bytes, joined } from '../../byte-pieces.js';
import { type Fault, inputFault, runFault } from '../../fault.js';
import { unreadable, unwritable } from '../../files/disk-fault.js';
import { PARTIAL, tidy, writeAll } from '../../files/durable.js';
import type { FileSystem } from '../../files/file-system.js';
import { Folder } from '../../files/folder.js';
import { nodeFiles } from '../../files/node-files.js';
import { messageOf } from '../../thrown.js';
import type { RunEvent } from '../events/events.js';
import { isCheckpoint, type LastingPlace, type ReopenedFolder, RUN_FILES } from './run-folder.js';
import { isLock, lockRun, type RunLock } from './run-lock.js';
import type { EventsDigest } from './summary.js';
import { readUnfinished } from './unfinished.js';
import { digestOfEvents } from './whole-record.js';

/** What a run that ended before it wrote its schedule may have left. */
const isLeftover = (name: string): boolean => isLock(name) || name === `${RUN_FILES.schedule}${PARTIAL}`;

/** The requirement in the sentences below. */
const ANOTHER = 'another folder';

/** What prevents a run in this folder; in a new or empty one nothing can be overwritten. */
const obstacle = (folder: Folder): string | undefined => {
  const { path } = folder;
  if (path.trim() === '') return 'the run folder must have a name (was empty); name another folder';
  if (folder.has(RUN_FILES.schedule) || folder.has(RUN_FILES.events))
    return `${path} already holds a run; name another folder, or remove it`;
  const [first] = folder.status()?.kind === 'folder' ? folder.names().filter((name) => !isLeftover(name)) : [];
  return first === undefined ? undefined : `${path} must be a new or an empty folder (it holds ${first}); name another folder`;
};

/** Left: it is not empty, or cannot be read. */
const isFree = (folder: Folder): E.Either<Fault, void> => {
  const found = E.tryCatch(
    () => obstacle(folder),
    (error) => unreadable(error, `${folder.path} cannot be read (${messageOf(error)}); name another folder`, ANOTHER),
  );
  if (E.isLeft(found)) return found;
  return found.right === undefined ? E.right(undefined) : E.left(inputFault(found.right, ANOTHER));
};

/** The name under which an unusable checkpoint is kept. */
const ASIDE = '.damaged';

/** The subfolders that a run needs; existing ones must not be links. */
const makeOwnFolders = (folder: Folder): void => {
  for (const name of [RUN_FILES.checkpoints, RUN_FILES.model]) folder.folder(name).make();
};

/** Removes incomplete files of a killed process. */
const removePartialFiles = (folder: Folder): void => {
  for (const each of [folder, folder.folder(RUN_FILES.checkpoints), folder.folder(RUN_FILES.model)])
    for (const name of each.names()) if (name.endsWith(PARTIAL)) each.remove(name);
};

/** `events.jsonl`, open for writing at its end. */
interface Events {
  readonly file: number;
  /** Bytes of complete lines. */
  bytes: number;
}

const openEvents = (folder: Folder): Events => {
  const file = folder.append(RUN_FILES.events);
  return { file, bytes: folder.files.status(file).size };
};

export class DiskFolder implements ReopenedFolder {
  #failure: Fault | undefined;
  /** Why an event was lost. */
  #lost: Fault | undefined;

  private constructor(
    private readonly folder: Folder,
    private readonly lock: RunLock,
    /** Absent before the first event, so that a folder without a schedule contains nothing of value. */
    private events: Events | undefined,
    /** Whether the folder itself was created for the run. */
    private readonly made: boolean,
  ) {}

  /** @param was `made`: the folder was created for this run. */
  static create(folder: Folder, was?: 'made'): E.Either<Fault, DiskFolder> {
    const cannot = (error: unknown): Fault =>
      unwritable(error, `${folder.path} cannot be made into a run folder (${messageOf(error)})`, 'name another folder', ANOTHER);
    const free = isFree(folder);
    if (E.isLeft(free)) return free;
    const made = E.tryCatch(() => {
      const isNew = was === 'made' || folder.status() === undefined;
      folder.make();
      return isNew;
    }, cannot);
    if (E.isLeft(made)) return made;
    const lock = lockRun(folder);
    if (E.isLeft(lock)) {
      if (made.right) tidy(() => folder.files.removeFolder(folder.path));
      return lock;
    }
    const opened = new DiskFolder(folder, lock.right, undefined, made.right);
    // Another process may have been faster.
    const still = isFree(folder);
    if (E.isLeft(still)) {
      opened.close();
      return still;
    }
    return E.right(opened);
  }

  /** A folder with a run that no process is writing. */
  static reopen(folder: Folder): E.Either<Fault, DiskFolder> {
    const lock = lockRun(folder);
    if (E.isLeft(lock)) return lock;
    return E.tryCatch(
      () => {
        makeOwnFolders(folder);
        removePartialFiles(folder);
        return new DiskFolder(folder, lock.right, openEvents(folder), false);
      },
      (error) => {
        lock.right.release();
        const cannot = `${folder.path} cannot be written to (${messageOf(error)}), and a run is resumed in its own folder`;
        return unwritable(error, cannot, 'fix that first');
      },
    );
  }

  get path(): string {
    return this.folder.path;
  }

  get failure(): Fault | undefined {
    return this.#failure;
  }

  #attempt(what: string, action: () => void): E.Either<Fault, void> {
    const done = E.tryCatch(action, (error) => runFault(`${this.folder.pathOf(what)} could not be written (${messageOf(error)})`));
    if (E.isLeft(done)) this.#failure ??= done.left;
    return done;
  }

  #openedEvents(): Events {
    if (this.events === undefined) {
      makeOwnFolders(this.folder);
      this.events = openEvents(this.folder);
    }
    return this.events;
  }

  append(event: RunEvent): E.Either<Fault, void> {
    if (this.#lost !== undefined) return E.left(this.#lost);
    const { files } = this.folder;
    const done = this.#attempt(RUN_FILES.events, () => {
      const events = this.#openedEvents();
      const line = new TextEncoder().encode(`${JSON.stringify(event)}\n`);
      try {
        writeAll(files, events.file, line);
        events.bytes += line.byteLength;
      } catch (error) {
        // An incomplete line would damage the next one.
        tidy(() => files.truncate(events.file, events.bytes));
        throw error;
      }
    });
    if (E.isLeft(done)) this.#lost = done.left;
    return done;
  }

  cutEvents(bytes: number): E.Either<Fault, void> {
    return this.#attempt(RUN_FILES.events, () => {
      const events = this.#openedEvents();
      this.folder.files.truncate(events.file, bytes);
      this.folder.files.sync(events.file);
      events.bytes = bytes;
    });
  }

  write(name: string, data: Bytes | string): E.Either<Fault, void> {
    return this.#attempt(name, () => this.folder.write(name, data));
  }

  #syncEvents(): E.Either<Fault, void> {
    return this.#attempt(RUN_FILES.events, () => this.folder.files.sync(this.#openedEvents().file));
  }

  /** Its record of the events must not outlive them. */
  writeCheckpoint(name: string, data: Bytes): E.Either<Fault, void> {
    const kept = this.#lost === undefined ? this.#syncEvents() : E.left(this.#lost);
    return E.isLeft(kept) ? kept : this.write(name, data);
  }

  writeSummary(summary: (events: EventsDigest) => string): E.Either<Fault, void> {
    const kept = this.#syncEvents();
    if (E.isLeft(kept)) return kept;
    const events = this.read(RUN_FILES.events);
    if (E.isLeft(events)) return events;
    return this.write(RUN_FILES.summary, summary(digestOfEvents(joined(events.right))));
  }

  read(name: string): E.Either<Fault, Bytes> {
    return E.tryCatch(
      () => this.folder.read(name),
      (error) => runFault(`${this.folder.pathOf(name)} could not be read (${messageOf(error)})`),
    );
  }

  remove(name: string): E.Either<Fault, void> {
    return this.#attempt(name, () => this.folder.remove(name));
  }

  #checkpoints(): readonly string[] {
    return this.folder
      .folder(RUN_FILES.checkpoints)
      .names()
      .filter(isCheckpoint)
      .reverse()
      .map((name) => `${RUN_FILES.checkpoints}/${name}`);
  }

  checkpoints(): E.Either<Fault, readonly string[]> {
    return E.tryCatch(
      () => this.#checkpoints(),
      (error) => runFault(`${this.folder.pathOf(RUN_FILES.checkpoints)} could not be read (${messageOf(error)})`),
    );
  }

  setAside(name: string): E.Either<Fault, void> {
    return this.#attempt(name, () => this.folder.rename(name, `${name}${ASIDE}`));
  }

  keepNewestCheckpoints(count: number, others: readonly string[]): E.Either<Fault, void> {
    return this.#attempt(RUN_FILES.checkpoints, () => {
      for (const name of this.#checkpoints().slice(count)) if (!others.includes(name)) this.folder.remove(name);
    });
  }

  close(): void {
    const { events } = this;
    // Everything that matters has been synced; an error from closing the file after that is of no use.
    if (events !== undefined) tidy(() => this.folder.files.close(events.file));
    this.lock.release();
  }

  abandon(): void {
    this.close();
    tidy(() => {
      this.folder.remove(RUN_FILES.schedule);
      if (this.made) this.folder.files.removeFolder(this.folder.path);
    });
  }
}

/** A run in this folder: created by a run, where there may be nothing yet, or reopened by a resume. */
export const runIn = (folder: Folder): LastingPlace => ({
  path: folder.path,
  isFree: () => isFree(folder),
  create: () => DiskFolder.create(folder),
  unfinished: () => readUnfinished(folder),
  reopen: () => DiskFolder.reopen(folder),
});

/** The same, by path. */
export const onDisk = (path: string, files: FileSystem = nodeFiles): LastingPlace => runIn(Folder.at(path, files));
