/**
 * Reads the records of a run folder. Node only. Not here: what events say (`run-record.ts`).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../fault.js';
import { readEvents } from '../runner/folder/read-events.js';
import { type RunRecord, recordEvents } from './run-record.js';

/** The records of the run in `folder`. */
export const readRun = (folder: string): TE.TaskEither<Fault, RunRecord> =>
  pipe(
    TE.tryCatch(
      () => readFile(join(folder, 'events.jsonl'), 'utf8'),
      () => inputFault(`${folder}: no run is there (events.jsonl is missing or unreadable)`),
    ),
    TE.chainEitherK(readEvents),
    TE.chainEitherK(recordEvents),
  );
