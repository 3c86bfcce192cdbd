/**
 * The state of a job according to its run folder. Read-only.
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { unreadable } from '../files/disk-fault.js';
import { PARTIAL } from '../files/durable.js';
import type { Folder } from '../files/folder.js';
import { RUN_FILES, type Unfinished } from '../runner/folder/run-folder.js';
import { isLock, type Writer, writersOf } from '../runner/folder/run-lock.js';
import { readUnfinished } from '../runner/folder/unfinished.js';
import { brokenRecord } from '../runner/folder/whole-record.js';
import { scheduleHash } from '../schedule/json/canonical.js';
import { messageOf } from '../thrown.js';
import type { Job } from './job.js';

/**
 * `absent`: the folder does not exist. `being-written`: by a process that is alive, or whose state is unknown. `begun-badly`: the run ended
 * before it wrote its schedule. `unfinished`: it can continue. `done`: it finished or diverged, as it would again. `damaged`: it was done
 * or can no longer continue, and its events are not those that it wrote.
 */
export type JobState =
  | { readonly kind: 'absent' | 'begun-badly' | 'unfinished' | 'done' }
  | { readonly kind: 'being-written' | 'damaged'; readonly message: string };

const writingPhrase = ({ path }: Folder, { pid, host, running, file }: Writer): string =>
  running === undefined
    ? `${path} is being written by process ${pid} on ${host}, which cannot be asked from here; if it has ended, remove ${file}`
    : `${path} is still being written by process ${pid}`;

const belongsToJob = (
  { path }: Folder,
  { schedule, backend, dataDigest }: Job,
  { schedule: found, started }: Unfinished,
): E.Either<Fault, void> => {
  if (scheduleHash(found) !== scheduleHash(schedule))
    return E.left(inputFault(`${path} holds the run of another schedule than its job's; remove it to run the job`));
  if (started === undefined) return E.right(undefined);
  if (started.dataDigest !== dataDigest)
    return E.left(inputFault(`${path} holds a run over another text than its job's; remove it to run the job`));
  return started.backend !== backend
    ? E.left(inputFault(`${path} holds a run on ${started.backend}, and its job is for ${backend}; remove it to run the job`))
    : E.right(undefined);
};

/** All that a run writes at the top of its folder, in part or completely. */
const OF_RUNS: ReadonlySet<string> = new Set(Object.values(RUN_FILES).flatMap((name) => [name, `${name}${PARTIAL}`]));

/** When a job begins again, only the remains of the run that began badly are removed: any other entry is a fault. */
const nothingElse = (folder: Folder): E.Either<Fault, void> => {
  const other = folder.names().find((name) => !OF_RUNS.has(name) && !isLock(name));
  return other === undefined
    ? E.right(undefined)
    : E.left(inputFault(`${folder.path} must hold a run, or nothing (it holds ${other}, which belongs to no run); move that elsewhere`));
};

const progressOf = (folder: Folder, { summary, damage }: Unfinished): JobState => {
  const outcome = summary?.outcome.kind;
  const isDone = summary !== undefined && (outcome === 'finished' || outcome === 'diverged');
  const broken = damage ?? (isDone ? brokenRecord(folder, summary) : undefined);
  if (broken !== undefined) return { kind: 'damaged', message: `${folder.path}: ${broken}` };
  return { kind: isDone ? 'done' : 'unfinished' };
};

const stateFound = (folder: Folder, job: Job): E.Either<Fault, JobState> => {
  const status = folder.status();
  if (status === undefined) return E.right({ kind: 'absent' });
  if (status.kind !== 'folder')
    return E.left(inputFault(`${folder.path} must be a folder, since the run of a job goes there (was a ${status.kind}); remove it`));
  const writer = writersOf(folder).find(({ running }) => running !== false);
  if (writer !== undefined) return E.right({ kind: 'being-written', message: writingPhrase(folder, writer) });
  if (!folder.has(RUN_FILES.schedule)) return E.map((): JobState => ({ kind: 'begun-badly' }))(nothingElse(folder));
  const found = readUnfinished(folder);
  if (E.isLeft(found)) return found;
  const own = belongsToJob(folder, job, found.right);
  return E.isLeft(own) ? own : E.right(progressOf(folder, found.right));
};

/** Left: it is not a folder, may not be read, contains something else, another run, or one that this version of vcycle cannot read. */
export const stateOf = (folder: Folder, job: Job): E.Either<Fault, JobState> =>
  E.flatten(
    E.tryCatch(
      () => stateFound(folder, job),
      (error) => unreadable(error, `${folder.path} cannot be read (${messageOf(error)}); change its permissions to run its job`),
    ),
  );
