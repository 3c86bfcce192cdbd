/**
 * Reads the records of a run folder. Node only. Not here: what events say (`run-record.ts`).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../fault.js';
import { readEvents } from '../runner/folder/read-events.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { type RunRecord, recordEvents } from './run-record.js';

/** The records of the run in `folder`. Left: there is none, or its events are no events. */
export const readRun = (folder: string): TE.TaskEither<Fault, RunRecord> =>
  pipe(
    TE.tryCatch(
      () => readFile(join(folder, RUN_FILES.events), 'utf8'),
      () => inputFault(`no run is there (${RUN_FILES.events} is missing or unreadable)`),
    ),
    TE.chainEitherK(readEvents),
    TE.chainEitherK(recordEvents),
    TE.mapLeft((fault): Fault => ({ ...fault, message: `${folder}: ${fault.message}` })),
  );
