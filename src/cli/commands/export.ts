/**
 * `vcycle export RUN`: exports a run to other programs: its curves (TensorBoard's event files, CSV), even if it has not finished, and its saved model.
 * Not here: the formats (`src/store`, `src/export`).
 */
import { join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type FormatName, formatNames, formats } from '../../export/model-formats.js';
import { isFree, putAt } from '../../export/place.js';
import { type Fault, inputFault } from '../../fault.js';
import { Folder } from '../../files/folder.js';
import { unwritable } from '../../files/unwritable.js';
import { readRun } from '../../report/run/read-run.js';
import type { RunRecord } from '../../report/run/run-record.js';
import { readSavedModel } from '../../runner/saved-model.js';
import { runCsv } from '../../store/csv.js';
import { tensorboardFile, tensorboardName } from '../../store/tensorboard.js';
import { tensorboardFolder } from '../../store/tensorboard-folder.js';
import { messageOf } from '../../thrown.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { writeNamedFile } from '../process/named-file.js';
import { printData, say } from '../process/print.js';

/** Where each format is written; for formats of the model, a file or a folder. */
export interface ExportOptions extends Readonly<Partial<Record<FormatName, string>>> {
  /** A folder for TensorBoard's `--logdir`. */
  readonly tensorboard?: string;
  /** A file; `-` is stdout. */
  readonly csv?: string;
}

/** Writes the run's event file into a separate folder in the given one, and returns its path. */
const forTensorboard = (logdir: string, run: string, record: RunRecord): E.Either<Fault, string> => {
  const name = tensorboardName(record);
  return E.tryCatch(
    () => {
      const folder = tensorboardFolder(Folder.at(logdir), run, name);
      folder.write(name, tensorboardFile(record));
      return folder.pathOf(name);
    },
    (error) => unwritable(error, `${join(logdir, name)} could not be written (${messageOf(error)})`, 'name another place'),
  );
};

const withAdvice = (fault: Fault): Fault => ({ ...fault, message: `${fault.message}; \`vcycle runs\` says which runs there are` });

const wrote = (path: string): void => say(`wrote ${path}`);

const exportCurves = async (run: string, { tensorboard, csv }: ExportOptions): Promise<E.Either<Fault, void>> => {
  if (tensorboard === undefined && csv === undefined) return E.right(undefined);
  const record = E.mapLeft(withAdvice)(await readRun(Folder.at(run))());
  if (E.isLeft(record)) return record;
  const files: E.Either<Fault, string>[] = [];
  if (tensorboard !== undefined) files.push(forTensorboard(tensorboard, run, record.right));
  if (csv !== undefined && csv !== '-') files.push(writeNamedFile(csv, runCsv(record.right)));
  if (csv === '-') printData(runCsv(record.right));
  const written = E.sequenceArray(files);
  if (E.isLeft(written)) return written;
  for (const file of written.right) wrote(file);
  return E.right(undefined);
};

/** Exports the requested formats one after another, because one model may take half of the memory. */
const exportModel = async (run: string, asked: readonly (readonly [FormatName, string])[]): Promise<E.Either<Fault, void>> => {
  if (asked.length === 0) return E.right(undefined);
  const saved = readSavedModel(run);
  if (E.isLeft(saved)) return saved;
  for (const [name, path] of asked) {
    const exporter = await formats[name].load();
    const exported = exporter(saved.right);
    if (E.isLeft(exported)) return exported;
    const written = putAt(path, exported.right);
    if (E.isLeft(written)) return written;
    wrote(path);
    for (const note of exported.right.notes) say(note);
  }
  return E.right(undefined);
};

const choices = ['--tensorboard FOLDER', '--csv FILE', ...formatNames.map((name) => `--${name} ${formats[name].makes.toUpperCase()}`)];

export const exportRun =
  (run: string, options: ExportOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const asked = formatNames.flatMap((name) => {
      const path = options[name];
      return path === undefined ? [] : [[name, path] as const];
    });
    if (asked.length === 0 && options.tensorboard === undefined && options.csv === undefined)
      return E.left(inputFault(`export needs to know what to write: at least one of ${choices.join(', ')}`));
    const places = [...(['tensorboard', 'csv'] as const), ...formatNames].flatMap((name) => {
      const path = options[name];
      return path === undefined || (name === 'csv' && path === '-') ? [] : [[name, path] as const];
    });
    const twice = places.find(([, path], index) => places.slice(0, index).some(([, other]) => resolve(other) === resolve(path)));
    if (twice !== undefined)
      return E.left(inputFault(`--${twice[0]}: ${twice[1]} is named for another format, too; name a place for each`));
    // Checked before anything is written or read.
    const free = E.traverseArray(([name, path]: readonly [FormatName, string]) => isFree(path, formats[name].makes))(asked);
    if (E.isLeft(free)) return free;
    const curves = await exportCurves(run, options);
    if (E.isLeft(curves)) return curves;
    const model = await exportModel(run, asked);
    return E.isLeft(model) ? model : E.right(EXIT.done);
  };
