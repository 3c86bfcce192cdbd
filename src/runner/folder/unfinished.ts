/** The content of a run folder before it is resumed: its schedule, and how far it got. Only reads. */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { unreadable } from '../../files/disk-fault.js';
import type { Folder } from '../../files/folder.js';
import { inJsonFile, readJsonText } from '../../json-text.js';
import { scheduleHash } from '../../schedule/json/canonical.js';
import { SCHEDULE_VERSION, type Schedule } from '../../schedule/schedule.js';
import { verify } from '../../schedule/verify/verify.js';
import { differencePhrase } from '../../schedule/walk/difference.js';
import { messageOf } from '../../thrown.js';
import { readStart } from './read-events.js';
import { RUN_FILES, type Unfinished } from './run-folder.js';
import { type SavedSummary, summaryOf } from './summary.js';

const changed = (folder: string, before: Schedule, after: Schedule): Fault =>
  inputFault(
    `${folder} was begun with another schedule (${differencePhrase(before, after)}); a run is resumed with the schedule that it began with, start a new run for another one`,
  );

const WHICH = '`vcycle runs` lists the runs';

/** Left: it cannot be read, for whatever reason. */
const reading = <A>({ path }: Folder, name: string, read: () => A): E.Either<Fault, A> =>
  E.tryCatch(read, (error) =>
    unreadable(error, `${path}: ${name} cannot be read (${messageOf(error)}); fix that, or put back a copy of it`),
  );

const textOf = (folder: Folder, name: string): E.Either<Fault, string> => reading(folder, name, () => folder.text(name));

/** A pipeline of another version can be rewritten, but a run that began with one needs the vcycle that began it. */
const ofThisVersion = (schedule: unknown): E.Either<Fault, void> => {
  const version = typeof schedule === 'object' && schedule !== null && 'version' in schedule ? schedule.version : undefined;
  return typeof version !== 'number' || version === SCHEDULE_VERSION
    ? E.right(undefined)
    : E.left(inputFault(`a run's schedule must be of version ${SCHEDULE_VERSION} (was ${version}); use the vcycle that began the run`));
};

const scheduleIn = (folder: Folder): E.Either<Fault, Schedule> => {
  const path = folder.pathOf(RUN_FILES.schedule);
  const text = textOf(folder, RUN_FILES.schedule);
  if (E.isLeft(text)) return text;
  const json = readJsonText(text.right);
  if (E.isLeft(json)) return E.left(inputFault(inJsonFile(path, json.left, 'put back the schedule that was run')));
  const version = ofThisVersion(json.right);
  const schedule = E.isLeft(version) ? version : verify(json.right);
  return E.mapLeft(({ message }: Fault) => inputFault(`${path}: ${message}`))(schedule);
};

const textIfThere = (folder: Folder, name: string): E.Either<Fault, string | undefined> =>
  reading(folder, name, () => (folder.has(name) ? folder.text(name) : undefined));

/** The run's summary; undefined where there is none. */
const summaryIn = (folder: Folder): E.Either<Fault, SavedSummary | undefined> => {
  const text = textIfThere(folder, RUN_FILES.summary);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.right(undefined);
  const path = folder.pathOf(RUN_FILES.summary);
  return E.mapLeft((why: string) => inputFault(`${path}: no summary of a run by this version of vcycle (${why}); remove it to resume`))(
    summaryOf(text.right),
  );
};

type Beginning = Pick<Unfinished, 'started' | 'damage'>;

/** Undefined where there is no complete line. */
const beginningIn = (folder: Folder): E.Either<Fault, Beginning> => {
  const line = reading(folder, RUN_FILES.events, () => (folder.has(RUN_FILES.events) ? folder.firstLine(RUN_FILES.events) : undefined));
  if (E.isLeft(line)) return line;
  if (line.right === undefined) return E.right({});
  const started = readStart(line.right);
  return E.right(E.isLeft(started) ? { damage: started.left.message } : { started: started.right });
};

/** Why there is no run in it, if there is none. */
const absence = (folder: Folder): string | undefined => {
  if (folder.status()?.kind !== 'folder') return `there is no such run folder; ${WHICH}`;
  if (folder.has(RUN_FILES.schedule)) return undefined;
  return folder.has(RUN_FILES.events)
    ? `the run ended before it wrote ${RUN_FILES.schedule}, so there is nothing to resume; remove the folder and run it again`
    : `no run is there (${RUN_FILES.schedule} is missing); ${WHICH}`;
};

const present = (folder: Folder): E.Either<Fault, void> => {
  const absent = E.tryCatch(
    () => absence(folder),
    (error) => unreadable(error, `${folder.path}: it cannot be read (${messageOf(error)}); change its permissions`),
  );
  if (E.isLeft(absent)) return absent;
  return absent.right === undefined ? E.right(undefined) : E.left(inputFault(`${folder.path}: ${absent.right}`));
};

/** Left: there is no run, it cannot be read, or its schedule is not the one with which it began. */
export const readUnfinished = (folder: Folder): E.Either<Fault, Unfinished> => {
  const there = present(folder);
  if (E.isLeft(there)) return there;
  const schedule = scheduleIn(folder);
  if (E.isLeft(schedule)) return schedule;
  const summary = summaryIn(folder);
  if (E.isLeft(summary)) return summary;
  const beginning = beginningIn(folder);
  if (E.isLeft(beginning)) return beginning;
  const { started } = beginning.right;
  if (started !== undefined && scheduleHash(started.schedule) !== scheduleHash(schedule.right))
    return E.left(changed(folder.path, started.schedule, schedule.right));
  return E.right({
    folder: folder.path,
    schedule: schedule.right,
    ...(summary.right === undefined ? {} : { summary: summary.right }),
    ...beginning.right,
  });
};

/** A run continues with the schedule that it began with. Left: the one that was expected is another. */
export const unchanged = ({ folder, schedule }: Unfinished, expected: Schedule | undefined): E.Either<Fault, void> =>
  expected === undefined || scheduleHash(expected) === scheduleHash(schedule)
    ? E.right(undefined)
    : E.left(changed(folder, schedule, expected));
