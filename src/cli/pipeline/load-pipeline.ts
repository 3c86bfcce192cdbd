/**
 * From the PIPELINE argument to a verified schedule: a pipeline file, a schedule as JSON, also that of a run's folder, or the text form. Nothing is returned unverified.
 */
import { stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { nodeFiles } from '../../files/node-files.js';
import { readText } from '../../files/read.js';
import { isInvalid } from '../../invalid.js';
import { inJsonFile, type JsonFault, readJsonText } from '../../json-text.js';
import type { Pretrained } from '../../model/pretrained.js';
import { given } from '../../options.js';
import { sizedModel } from '../../plan/plan-schedule.js';
import { RUN_FILES } from '../../runner/folder/run-folder.js';
import { type Begun, fitsVocabulary, type PretrainedReader, pinInitial } from '../../runner/initial-weights.js';
import type { Schedule } from '../../schedule/schedule.js';
import { type OpenForm, openFormOf, withOpenForm } from '../../schedule/text/index.js';
import { verify } from '../../schedule/verify/verify.js';
import { messageOf } from '../../thrown.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import { say } from '../process/print.js';
import { defaultExport } from './pipeline-file.js';
import { textOptionsGiven, textPipeline } from './text-pipeline.js';

export interface NamedPipeline {
  /** The name that a run folder may get. */
  readonly name: string;
  readonly schedule: Schedule;
  /** Whether it was given as text, and so has no name of its own. */
  readonly inText: boolean;
  /** The model that it begins with, if any. */
  readonly initial?: Pick<Pretrained, 'model'>;
  /** What its text was before its names got their numbers; absent where it was not made of a text. */
  readonly open?: OpenForm;
  /** The file that contains its schedule as JSON, which may come from somebody else. */
  readonly json?: string;
}

/** The name of a pipeline in text form. */
export const TEXT_NAME = 'pipeline';

const MODULES = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** The extensions as messages list them. */
const EXTENSIONS = `${MODULES.join(', ')} or .json`;

export type ArgumentKind = 'module' | 'json' | 'run' | 'folder' | 'unknown-file' | 'irregular-file' | 'missing-file' | 'text';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/**
 * Distinguishes stages from a file's path by their characters and by what is on the disk: `>>`, parentheses or commas mean stages (unless such a file
 * exists), an extension or a slash means a path, and a bare word means stages, because `prolongate` is a pipeline.
 */
export const kindOfArgument = async (argument: string): Promise<ArgumentKind> => {
  const found = await stat(argument).catch(() => undefined);
  const extension = extname(argument).toLowerCase();
  const looksLikeStages = /[()>,]|^\s*$/.test(argument);
  const looksLikePath = /[\\/]/.test(argument) || (extension !== '' && !/\s/.test(argument));
  if (found?.isDirectory() === true) return (await isThere(join(argument, RUN_FILES.schedule))) ? 'run' : 'folder';
  if (found === undefined) return looksLikePath && !looksLikeStages ? 'missing-file' : 'text';
  // A pipe or a device, from which a loader or a compiler could read for ever.
  if (MODULES.includes(extension) && !found.isFile()) return 'irregular-file';
  return MODULES.includes(extension) ? 'module' : extension === '.json' ? 'json' : 'unknown-file';
};

const readJson =
  (file: string): TE.TaskEither<Fault, unknown> =>
  async () => {
    const text = E.tryCatch(
      () => readText(nodeFiles, file),
      (error) => inputFault(`${file}: not readable (${messageOf(error)}); change its permissions or name another file`),
    );
    if (E.isLeft(text)) return text;
    const json = readJsonText(text.right.replace(/^\uFEFF/, ''));
    return E.mapLeft((fault: JsonFault) => inputFault(inJsonFile(file, fault, 'fix it, or write the schedule again with vcycle compile')))(
      json,
    );
  };

const inFile =
  (file: string) =>
  (fault: Fault): Fault => ({ ...fault, message: fault.message.startsWith(file) ? fault.message : `${file}: ${fault.message}` });

const isPromise = (value: unknown): boolean => typeof value === 'object' && value !== null && 'then' in value;

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (isPromise(value)) return 'a promise; put await before it';
  if (typeof value === 'object' && 'kind' in value) return `a ${String(value.kind)} alone`;
  return `a ${typeof value}`;
};

/** Checks that a file's content looks like a pipeline at all, before its parts are criticised. */
const pipelineLike = (value: unknown): E.Either<Fault, unknown> =>
  isInvalid(value) || (typeof value === 'object' && value !== null && !Array.isArray(value) && !isPromise(value) && !('kind' in value))
    ? E.right(value)
    : E.left(inputFault(`the file must give a pipeline, such as \`pipeline(setup, train(100))\` (was ${kindOf(value)})`));

/** A file contains its complete setup, so an option that it would ignore is refused. */
const withoutTextOptions = (file: string, options: PipelineOptions): E.Either<Fault, void> => {
  const [flag] = textOptionsGiven(options);
  return flag === undefined
    ? E.right(undefined)
    : E.left(inputFault(`${flag} goes with a pipeline in text form; ${file} says its own setup, change it there`));
};

type Pinned = Pick<NamedPipeline, 'schedule' | 'initial' | 'open'>;

/** What reads the weights that a pipeline begins with; few begin with any. */
const readerOf = async ({ setup }: Schedule, weights: PretrainedReader | undefined): Promise<PretrainedReader | undefined> =>
  weights ?? (setup.initial === undefined ? undefined : (await import('../../runner/read-pretrained.js')).readPretrained);

/** The schedule with the digest of the weights that it begins with. @param by the JSON file that names them. */
const pinned = async (schedule: Schedule, weights: PretrainedReader | undefined, by?: string): Promise<E.Either<Fault, Pinned>> => {
  const { initial } = schedule.setup;
  if (by !== undefined && initial !== undefined) say(`reading the model ${JSON.stringify(initial.path)}, which ${by} names`);
  return E.map(
    ({ schedule, pretrained }: Begun): Pinned => ({
      schedule,
      ...(pretrained === undefined ? {} : { initial: { model: pretrained.model } }),
    }),
  )(pinInitial(schedule, await readerOf(schedule, weights)));
};

const verifiedPipeline = async (value: unknown, weights: PretrainedReader | undefined, json?: string): Promise<E.Either<Fault, Pinned>> => {
  const schedule = verify(value);
  if (E.isLeft(schedule)) return schedule;
  const open = openFormOf(value);
  return E.map((of: Pinned): Pinned => ({ ...of, ...given({ open }), schedule: withOpenForm(of.schedule, open) }))(
    await pinned(schedule.right, weights, json),
  );
};

const scheduleIn = async (
  file: string,
  options: PipelineOptions,
  weights: PretrainedReader | undefined,
  read: TE.TaskEither<Fault, unknown>,
  json?: string,
): Promise<E.Either<Fault, Pinned>> => {
  const alone = withoutTextOptions(file, options);
  if (E.isLeft(alone)) return alone;
  const value = await read();
  if (E.isLeft(value)) return value;
  const like = pipelineLike(value.right);
  return E.isLeft(like) ? like : verifiedPipeline(like.right, weights, json);
};

const fromFile = async (...[file, ...rest]: Parameters<typeof scheduleIn>): Promise<E.Either<Fault, NamedPipeline>> => {
  const read = await scheduleIn(file, ...rest);
  return E.bimap(inFile(file), (of: Pinned): NamedPipeline => ({ name: basename(file, extname(file)), ...of, inText: false }))(read);
};

const fromJson = async (
  file: string,
  options: PipelineOptions,
  weights: PretrainedReader | undefined,
): Promise<E.Either<Fault, NamedPipeline>> => {
  const named = await fromFile(file, options, weights, readJson(file), file);
  return E.map((pipeline: NamedPipeline) => ({ ...pipeline, json: file }))(named);
};

const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(message));

/** A single unknown word may be a file without its extension. */
const orFile =
  (argument: string) =>
  (fault: Fault): Fault =>
    /^\s*[\w-]+\s*$/.test(argument) && fault.message.includes('column')
      ? { ...fault, message: `${fault.message}; nor is there a file "${argument.trim()}"` }
      : fault;

const fromText = async (
  text: string,
  options: PipelineOptions,
  weights: PretrainedReader | undefined,
): Promise<E.Either<Fault, NamedPipeline>> => {
  const value = textPipeline(text, options);
  const read = E.isLeft(value) ? value : await verifiedPipeline(value.right, weights);
  return E.bimap(orFile(text), (of: Pinned): NamedPipeline => ({ name: TEXT_NAME, ...of, inText: true }))(read);
};

/**
 * Reads, decodes and verifies what the PIPELINE argument denotes.
 *
 * @param weights reads the weights that the pipeline begins with; by default from the disk.
 */
export const loadPipeline =
  (argument: string, options: PipelineOptions, weights?: PretrainedReader): TE.TaskEither<Fault, NamedPipeline> =>
  async () =>
    match(await kindOfArgument(argument))
      .returnType<Promise<E.Either<Fault, NamedPipeline>> | E.Either<Fault, NamedPipeline>>()
      .with('module', () => fromFile(argument, options, weights, defaultExport(argument, resolve(argument))))
      .with('json', () => fromJson(argument, options, weights))
      .with('run', async () => {
        const named = await fromJson(join(argument, RUN_FILES.schedule), options, weights);
        return E.map((pipeline: NamedPipeline) => ({ ...pipeline, name: basename(resolve(argument)) }))(named);
      })
      .with('folder', () => refuse(`${argument}: a folder; name a pipeline file (${EXTENSIONS}) in it`))
      .with('unknown-file', () => refuse(`${argument}: a pipeline file must end in ${EXTENSIONS}; rename it`))
      .with('irregular-file', () => refuse(`${argument}: a pipeline file must be a regular file, no pipe or device; name another`))
      .with('missing-file', () =>
        refuse(`${argument}: there is no such file (looked for ${resolve(argument)}); name another, or stages such as 'train(100)'`),
      )
      .with('text', () => fromText(argument, options, weights))
      .exhaustive();

/** The same for files only, where no options can give a text its setup. */
export const loadPipelineFile =
  (argument: string): TE.TaskEither<Fault, NamedPipeline> =>
  async () => {
    const kind = await kindOfArgument(argument);
    return kind === 'text'
      ? refuse(`"${argument}" is no file; name a pipeline file (${EXTENSIONS}), which says its setup too`)
      : loadPipeline(argument, { bias: true, set: {} })();
  };

/** Left: the vocabulary of the model that a pipeline begins with differs from that of its data. */
export const initialFits = ({ schedule, initial }: NamedPipeline, vocabulary: number): E.Either<Fault, void> => {
  const model = sizedModel(schedule, vocabulary);
  return E.isLeft(model) ? model : fitsVocabulary(schedule, initial, model.right);
};

/** Longer texts are cut when a message names them. */
const LONGEST_TEXT = 60;

const shortened = (argument: string): string => {
  const line = argument.trim().replace(/\s+/g, ' ');
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
};

/** Adds to a fault which of several pipelines it concerns, unless the message begins with the name, as that of an unreadable file does. */
export const ofPipeline =
  (pipelines: readonly string[], index: number) =>
  (fault: Fault): Fault => {
    const argument = pipelines[index] ?? '';
    const name = shortened(argument);
    if (pipelines.length < 2 || (name !== '' && fault.message.startsWith(argument))) return fault;
    return { ...fault, message: `pipeline ${index + 1} of ${pipelines.length}${name === '' ? '' : `, ${name}`}: ${fault.message}` };
  };
