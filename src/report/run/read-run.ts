/**
 * Reads the records of a run folder. Node only. Not here: what events say (`run-record.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { unreadable } from '../../files/disk-fault.js';
import type { Folder } from '../../files/folder.js';
import { readEvents } from '../../runner/folder/read-events.js';
import { RUN_FILES } from '../../runner/folder/run-folder.js';
import { messageOf } from '../../thrown.js';
import { type RunRecord, recordEvents } from './run-record.js';

const recordIn = (folder: Folder): E.Either<Fault, RunRecord> => {
  const text = E.tryCatch(
    () => (folder.has(RUN_FILES.events) ? folder.text(RUN_FILES.events) : undefined),
    (error) => unreadable(error, `${RUN_FILES.events} cannot be read (${messageOf(error)})`),
  );
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.left(inputFault(`no run is there (${RUN_FILES.events} is missing)`));
  const events = readEvents(text.right);
  return E.isLeft(events) ? events : recordEvents(events.right);
};

/** The records of the run in `folder`. Left: there is no run, or its events are not valid. */
export const readRun =
  (folder: Folder): TaskEither<Fault, RunRecord> =>
  async () =>
    E.mapLeft((fault: Fault): Fault => ({ ...fault, message: `${folder.path}: ${fault.message}` }))(recordIn(folder));
