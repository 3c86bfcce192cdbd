/**
 * `vcycle export RUN`: the run's curves for other programs, TensorBoard's event files and CSV. Reads the run folder, whatever state it is in.
 */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { makeFolder } from '../../make-folder.js';
import { readRun } from '../../report/read-run.js';
import { runCsv } from '../../store/csv.js';
import { tensorboardFile, tensorboardName } from '../../store/tensorboard.js';
import { tensorboardFolder } from '../../store/tensorboard-folder.js';
import { EXIT, type ExitCode } from '../exit.js';

export interface ExportOptions {
  /** A folder for TensorBoard's `--logdir`. */
  readonly tensorboard?: string;
  /** A file; `-` is stdout. */
  readonly csv?: string;
}

/** Writes a file, and says where it is. */
const written = (file: string, write: () => Promise<string>): TE.TaskEither<Fault, string> =>
  TE.tryCatch(write, (error) =>
    inputFault(`${file} could not be written (${error instanceof Error ? error.message : String(error)}); name another place`),
  );

export const exportRun = (folder: string, { tensorboard, csv }: ExportOptions): TE.TaskEither<Fault, ExitCode> =>
  tensorboard === undefined && csv === undefined
    ? TE.left(inputFault('export needs to know what to write: --tensorboard FOLDER, --csv FILE, or both'))
    : pipe(
        readRun(folder),
        TE.mapLeft((fault): Fault => ({ ...fault, message: `${fault.message}; \`vcycle runs\` says which runs there are` })),
        TE.flatMap((record) => {
          const files: TE.TaskEither<Fault, string>[] = [];
          if (tensorboard !== undefined) {
            const name = tensorboardName(record);
            files.push(
              written(join(tensorboard, name), async () => {
                const file = join(tensorboardFolder(tensorboard, folder, name), name);
                await writeFile(file, tensorboardFile(record));
                return file;
              }),
            );
          }
          if (csv !== undefined && csv !== '-') {
            files.push(
              written(csv, async () => {
                makeFolder(dirname(csv));
                await writeFile(csv, runCsv(record));
                return csv;
              }),
            );
          }
          if (csv === '-') process.stdout.write(runCsv(record));
          return TE.sequenceSeqArray(files);
        }),
        TE.map((files) => {
          for (const file of files) process.stderr.write(`wrote ${file}\n`);
          return EXIT.done;
        }),
      );
