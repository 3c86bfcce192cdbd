/**
 * What a run folder says of its run before anybody resumes it: what was to be run, and how far it came. Reads only.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as J from 'fp-ts/lib/Json.js';
import { type Fault, inputFault } from '../../fault.js';
import { differencePhrase } from '../../schedule/difference.js';
import { scheduleHash } from '../../schedule/json.js';
import { SCHEDULE_VERSION, type Schedule } from '../../schedule/schedule.js';
import { verify } from '../../schedule/verify.js';
import type { RunEvent, RunOutcome } from '../events.js';
import { readLine } from './read-events.js';
import { RUN_FILES } from './run-folder.js';

export interface Unfinished {
  readonly folder: string;
  readonly schedule: Schedule;
  /** Absent when the run ended before it could say so. */
  readonly started?: Extract<RunEvent, { kind: 'run-started' }>;
  /** The outcome in its summary, and how often it had been resumed; absent for a run that crashed. */
  readonly outcome?: RunOutcome['kind'];
  readonly resumes?: number;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const changed = (folder: string, before: Schedule, after: Schedule): Fault =>
  inputFault(
    `${folder} was begun with another schedule (${differencePhrase(before, after)}); a run is resumed with the schedule that it began with, start a new run for another one`,
  );

const WHICH = '`vcycle runs` says which there are';

const textOf = (folder: string, name: string): E.Either<Fault, string> =>
  E.tryCatch(
    () => readFileSync(join(folder, name), 'utf8'),
    (error) => inputFault(`${folder}: ${name} is not readable (${reason(error)}); change its permissions, or put back a copy of it`),
  );

/** A pipeline of another version is written anew; a run that has begun with one needs the vcycle that began it. */
const ofThisVersion = (schedule: unknown): E.Either<Fault, void> => {
  const version = typeof schedule === 'object' && schedule !== null && 'version' in schedule ? schedule.version : undefined;
  return typeof version !== 'number' || version === SCHEDULE_VERSION
    ? E.right(undefined)
    : E.left(inputFault(`a run's schedule must be of version ${SCHEDULE_VERSION} (was ${version}); use the vcycle that began the run`));
};

const scheduleIn = (folder: string): E.Either<Fault, Schedule> =>
  pipe(
    textOf(folder, RUN_FILES.schedule),
    E.chain((text) =>
      pipe(
        J.parse(text),
        E.mapLeft((): Fault => inputFault('not JSON; put back the schedule that was run')),
        E.chainFirst(ofThisVersion),
        E.chain(verify),
        E.mapLeft(({ message }) => inputFault(`${join(folder, RUN_FILES.schedule)}: ${message}`)),
      ),
    ),
  );

const OUTCOMES: readonly RunOutcome['kind'][] = ['finished', 'interrupted', 'diverged', 'failed'];

interface Summary {
  readonly outcome?: RunOutcome['kind'];
  readonly resumes?: number;
}

/** What the run said at its end; nothing where it said nothing. */
const summaryIn = (folder: string): E.Either<Fault, Summary> => {
  if (!existsSync(join(folder, RUN_FILES.summary))) return E.right({});
  return pipe(
    textOf(folder, RUN_FILES.summary),
    E.chain((text) =>
      pipe(
        J.parse(text),
        E.chainW((value) => {
          const { outcome, resumes } = (value ?? {}) as { readonly outcome?: { readonly kind?: unknown }; readonly resumes?: unknown };
          const kind = OUTCOMES.find((each) => each === outcome?.kind);
          return kind === undefined ? E.left(undefined) : E.right({ outcome: kind, resumes: typeof resumes === 'number' ? resumes : 0 });
        }),
        E.mapLeft(() =>
          inputFault(`${join(folder, RUN_FILES.summary)}: no summary of a run by this version of vcycle; remove it to resume`),
        ),
      ),
    ),
  );
};

const startedIn = (folder: string): E.Either<Fault, Unfinished['started']> => {
  if (!existsSync(join(folder, RUN_FILES.events))) return E.right(undefined);
  return E.map((text: string): Unfinished['started'] => {
    const [line = '', next] = text.split('\n', 2);
    const first = next === undefined ? E.left(undefined) : readLine(line, 1);
    return E.isRight(first) && first.right.kind === 'run-started' ? first.right : undefined;
  })(textOf(folder, RUN_FILES.events));
};

/** Left: no run is there, or its schedule is not the one that was begun. */
export const readUnfinished = (folder: string): E.Either<Fault, Unfinished> => {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return E.left(inputFault(`${folder}: there is no such run folder; ${WHICH}`));
  if (!existsSync(join(folder, RUN_FILES.schedule)))
    return E.left(
      inputFault(
        existsSync(join(folder, RUN_FILES.events))
          ? `${folder}: the run ended before it wrote ${RUN_FILES.schedule}, so there is nothing to resume; remove the folder and run it again`
          : `${folder}: no run is there (${RUN_FILES.schedule} is missing); ${WHICH}`,
      ),
    );
  return pipe(
    E.Do,
    E.apS('schedule', scheduleIn(folder)),
    E.apS('summary', summaryIn(folder)),
    E.apS('started', startedIn(folder)),
    E.filterOrElse(
      ({ schedule, started }) => started === undefined || scheduleHash(started.schedule) === scheduleHash(schedule),
      ({ schedule, started }) => changed(folder, started?.schedule ?? schedule, schedule),
    ),
    E.map(({ schedule, summary, started }) => ({ folder, schedule, ...summary, ...(started === undefined ? {} : { started }) })),
  );
};

/** A run goes on with the schedule that it began with. Left: what is believed to be that one is another. */
export const unchanged = ({ folder, schedule }: Unfinished, believed: Schedule | undefined): E.Either<Fault, void> =>
  believed === undefined || scheduleHash(believed) === scheduleHash(schedule)
    ? E.right(undefined)
    : E.left(changed(folder, schedule, believed));
