/**
 * Reads the records of a run folder. Node only. Not here: what events say (`run-record.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import type { Folder } from '../../files/folder.js';
import { readEvents } from '../../runner/folder/read-events.js';
import { RUN_FILES } from '../../runner/folder/run-folder.js';
import { messageOf } from '../../thrown.js';
import { type RunRecord, recordEvents } from './run-record.js';

/** The records of the run in `folder`. Left: there is none, or its events are no events. */
export const readRun =
  (folder: Folder): TE.TaskEither<Fault, RunRecord> =>
  async () =>
    recordIn(folder);

const eventsIn = (folder: Folder): E.Either<Fault, string> =>
  pipe(
    E.tryCatch(
      () => (folder.has(RUN_FILES.events) ? folder.text(RUN_FILES.events) : undefined),
      (error) => inputFault(`${RUN_FILES.events} cannot be read (${messageOf(error)})`),
    ),
    E.chain(E.fromNullable(inputFault(`no run is there (${RUN_FILES.events} is missing)`))),
  );

const recordIn = (folder: Folder): E.Either<Fault, RunRecord> =>
  pipe(
    eventsIn(folder),
    E.chain(readEvents),
    E.chain(recordEvents),
    E.mapLeft((fault): Fault => ({ ...fault, message: `${folder.path}: ${fault.message}` })),
  );
