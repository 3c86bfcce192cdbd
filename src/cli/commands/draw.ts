/**
 * `vcycle draw`: pipelines as the cycles that they are: level over work, and the learning rate below; in the terminal, or as a file.
 */
import { extname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { plannedWork } from '../../plan/planned-work.js';
import { toPng } from '../../report/charts/png.js';
import { type CyclePath, cyclePath } from '../../report/cycle/cycle-path.js';
import { cyclesSvg } from '../../report/cycle/cycle-svg.js';
import { cycleText } from '../../report/cycle/cycle-text.js';
import { type BackendChoice, plannedOn } from '../backends/registry.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import { TEXT_NAME } from '../pipeline/load-pipeline.js';
import { nameOf, type Planned, plannedPipelines } from '../pipeline/planned.js';
import { namingFlags } from '../pipeline/text-pipeline.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { writeNamedFile } from '../process/named-file.js';
import { printJson, printText, say } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

export interface DrawOptions extends PipelineOptions, BackendChoice {
  readonly json: boolean;
  /** A file; the terminal by default. */
  readonly out?: string;
}

const PICTURES = ['.svg', '.png'];

/** The kind of the file, which its name says. */
const extensionOf = (out: string): E.Either<Fault, string> => {
  const extension = extname(out).toLowerCase();
  return PICTURES.includes(extension)
    ? E.right(extension)
    : E.left(inputFault(`--out must end in .svg or .png (was ${out}); the terminal's drawing comes without it`));
};

/** A lone text needs no name. */
const pathOf = ({ named, plan }: Planned, index: number, many: boolean): CyclePath =>
  cyclePath(many || named.name !== TEXT_NAME ? nameOf(named, index) : '', named.schedule, plannedWork(plan), plan.saving);

const writePicture = async (cycles: readonly CyclePath[], out: string, extension: string): Promise<E.Either<Fault, ExitCode>> => {
  const svg = cyclesSvg(cycles);
  const written = writeNamedFile(out, extension === '.png' ? await toPng(svg)() : svg);
  if (E.isLeft(written)) return written;
  say(`wrote ${written.right}`);
  return E.right(EXIT.done);
};

const drawings = (cycles: readonly CyclePath[]): string => {
  const end = Math.max(...cycles.map(({ work }) => work));
  return cycles.map((cycle) => cycleText(cycle, terminalWidth(), end)).join('\n\n');
};

/** `vcycle draw PIPELINE…`. Left: a pipeline, data, a backend or a file's name that is wrong. */
export const draw = (pipelines: readonly string[], options: DrawOptions): TE.TaskEither<Fault, ExitCode> =>
  namingFlags(options)(async () => {
    const extension = options.out === undefined ? E.right('') : extensionOf(options.out);
    if (E.isLeft(extension)) return extension;
    const capabilities = await plannedOn(options)();
    if (E.isLeft(capabilities)) return capabilities;
    const all = await plannedPipelines(pipelines, options, capabilities.right, 'path')();
    if (E.isLeft(all)) return all;
    const cycles = all.right.map((planned, index) => pathOf(planned, index, all.right.length > 1));
    if (options.out !== undefined) return writePicture(cycles, options.out, extension.right);
    if (options.json) printJson(cycles.length === 1 ? cycles[0] : cycles);
    else printText(drawings(cycles));
    return E.right(EXIT.done);
  });
