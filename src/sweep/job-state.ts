/**
 * How far a job is, as its run folder says. Reads only.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, inputFault } from '../fault.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { writersOf } from '../runner/folder/run-lock.js';
import { readUnfinished, type Unfinished } from '../runner/folder/unfinished.js';
import { scheduleHash } from '../schedule/json.js';
import type { Job } from './job.js';

/**
 * `absent`: nothing is there. `begun-badly`: a folder whose run ended before it wrote what it is. `unfinished`: it can go on. `done`: it
 * finished, or diverged, as it would again.
 */
export type JobState = 'absent' | 'begun-badly' | 'unfinished' | 'done';

const beingWritten = (folder: string): E.Either<Fault, void> => {
  const writer = writersOf(folder).find(({ running }) => running !== false);
  return writer === undefined
    ? E.right(undefined)
    : E.left(
        inputFault(
          `${folder} is still being written by process ${writer.pid}${writer.running === undefined ? ` on ${writer.host}` : ''}; wait for it to end, or stop it`,
        ),
      );
};

const isTheJobs = (folder: string, { schedule, backend }: Job, { schedule: found, started }: Unfinished): E.Either<Fault, void> => {
  if (scheduleHash(found) !== scheduleHash(schedule))
    return E.left(inputFault(`${folder} holds the run of another schedule than its job's; remove it to run the job`));
  return started !== undefined && started.backend !== backend
    ? E.left(inputFault(`${folder} holds a run on ${started.backend}, and its job is for ${backend}; remove it to run the job`))
    : E.right(undefined);
};

/** Left: the folder is being written, holds another run, or one that this version of vcycle cannot read. */
export const stateOf = (folder: string, job: Job): E.Either<Fault, JobState> => {
  if (!existsSync(folder)) return E.right('absent');
  const free = beingWritten(folder);
  if (E.isLeft(free)) return free;
  if (!existsSync(join(folder, RUN_FILES.schedule))) return E.right('begun-badly');
  return pipe(
    readUnfinished(folder),
    E.chainFirst((found) => isTheJobs(folder, job, found)),
    E.map(({ outcome }) => (outcome === 'finished' || outcome === 'diverged' ? 'done' : 'unfinished')),
  );
};
