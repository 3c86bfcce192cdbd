/**
 * `vcycle export RUN`: the run's curves for other programs, TensorBoard's event files and CSV. Reads the run folder, whatever state it is in.
 */
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { Folder } from '../../files/folder.js';
import { readRun } from '../../report/run/read-run.js';
import type { RunRecord } from '../../report/run/run-record.js';
import { runCsv } from '../../store/csv.js';
import { tensorboardFile, tensorboardName } from '../../store/tensorboard.js';
import { tensorboardFolder } from '../../store/tensorboard-folder.js';
import { messageOf } from '../../thrown.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { writeNamedFile } from '../process/named-file.js';
import { printData, say } from '../process/print.js';

export interface ExportOptions {
  /** A folder for TensorBoard's `--logdir`. */
  readonly tensorboard?: string;
  /** A file; `-` is stdout. */
  readonly csv?: string;
}

/** Writes the run's event file into a folder of its own under the one that was named; gives its path. */
const forTensorboard = (logdir: string, run: string, record: RunRecord): E.Either<Fault, string> => {
  const name = tensorboardName(record);
  return E.tryCatch(
    () => {
      const folder = tensorboardFolder(Folder.at(logdir), run, name);
      folder.write(name, tensorboardFile(record));
      return folder.pathOf(name);
    },
    (error) => inputFault(`${join(logdir, name)} could not be written (${messageOf(error)}); name another place`),
  );
};

const withAdvice = (fault: Fault): Fault => ({ ...fault, message: `${fault.message}; \`vcycle runs\` says which runs there are` });

export const exportRun =
  (folder: string, { tensorboard, csv }: ExportOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    if (tensorboard === undefined && csv === undefined)
      return E.left(inputFault('export needs to know what to write: --tensorboard FOLDER, --csv FILE, or both'));
    const record = E.mapLeft(withAdvice)(await readRun(Folder.at(folder))());
    if (E.isLeft(record)) return record;
    const files: E.Either<Fault, string>[] = [];
    if (tensorboard !== undefined) files.push(forTensorboard(tensorboard, folder, record.right));
    if (csv !== undefined && csv !== '-') files.push(writeNamedFile(csv, runCsv(record.right)));
    if (csv === '-') printData(runCsv(record.right));
    const written = E.sequenceArray(files);
    if (E.isLeft(written)) return written;
    for (const file of written.right) say(`wrote ${file}`);
    return E.right(EXIT.done);
  };
