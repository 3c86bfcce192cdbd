/**
 * `vcycle export RUN`: exports a run to other programs: its curves (TensorBoard's event files, CSV), even if it has not finished, and its saved model.
 * Not here: the formats (`src/store`, `src/export`).
 */
import { join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Exported } from '../../export/export-format.js';
import { type FormatName, formatNames, formats } from '../../export/model-formats.js';
import { isFree, putAt } from '../../export/place.js';
import { type Fault, inputFault } from '../../fault.js';
import { unwritable } from '../../files/disk-fault.js';
import { Folder } from '../../files/folder.js';
import { readRun } from '../../report/run/read-run.js';
import type { RunRecord } from '../../report/run/run-record.js';
import { wrapProse } from '../../report/table/wrap.js';
import { readSavedModel } from '../../runner/saved-model.js';
import { runCsv } from '../../store/csv.js';
import { tensorboardFile, tensorboardName } from '../../store/tensorboard.js';
import { tensorboardFolder } from '../../store/tensorboard-folder.js';
import { messageOf } from '../../thrown.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { writeNamedFile } from '../process/named-file.js';
import { printData, say } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

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

/** The run's record, where it is asked for. */
const recordFor = async (run: string, { tensorboard, csv }: ExportOptions): Promise<E.Either<Fault, RunRecord | undefined>> =>
  tensorboard === undefined && csv === undefined ? E.right(undefined) : E.mapLeft(withAdvice)(await readRun(Folder.at(run))());

const writeCurves = (run: string, record: RunRecord, { tensorboard, csv }: ExportOptions): E.Either<Fault, void> => {
  const files: E.Either<Fault, string>[] = [];
  if (tensorboard !== undefined) files.push(forTensorboard(tensorboard, run, record));
  if (csv !== undefined && csv !== '-') files.push(writeNamedFile(csv, runCsv(record)));
  if (csv === '-') printData(runCsv(record));
  const written = E.sequenceArray(files);
  if (E.isLeft(written)) return written;
  for (const file of written.right) wrote(file);
  return E.right(undefined);
};

interface AtPlace {
  readonly path: string;
  readonly exported: Exported;
}

/** The model in each format that is asked for. Left: no model, or a format that cannot hold it. */
const modelFor = async (run: string, asked: readonly (readonly [FormatName, string])[]): Promise<E.Either<Fault, readonly AtPlace[]>> => {
  if (asked.length === 0) return E.right([]);
  const saved = readSavedModel(run);
  if (E.isLeft(saved)) return saved;
  const all: AtPlace[] = [];
  for (const [name, path] of asked) {
    const exporter = await formats[name].load();
    const exported = exporter(saved.right);
    if (E.isLeft(exported)) return E.left({ ...exported.left, message: `--${name}: ${exported.left.message}` });
    all.push({ path, exported: exported.right });
  }
  return E.right(all);
};

const writeModel = (all: readonly AtPlace[]): E.Either<Fault, void> => {
  for (const { path, exported } of all) {
    const written = putAt(path, exported);
    if (E.isLeft(written)) return written;
    wrote(path);
    for (const note of exported.notes) say(wrapProse(note, terminalWidth()));
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
    // All that may be refused is checked before anything is written.
    const free = E.traverseArray(([name, path]: readonly [FormatName, string]) => isFree(path, formats[name].makes))(asked);
    if (E.isLeft(free)) return free;
    const record = await recordFor(run, options);
    if (E.isLeft(record)) return record;
    const model = await modelFor(run, asked);
    if (E.isLeft(model)) return model;
    const curves = record.right === undefined ? E.right(undefined) : writeCurves(run, record.right, options);
    const written = E.isLeft(curves) ? curves : writeModel(model.right);
    return E.isLeft(written) ? written : E.right(EXIT.done);
  };
