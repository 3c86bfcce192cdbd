/**
 * The manifest: `manifest.jsonl`, one job per line. It is all that another scheduler needs to know about a sweep: `vcycle job MANIFEST ID`
 * carries out one job, on any machine and any number of times. Not here: what a job is (`job.ts`).
 */

import { basename, dirname, join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import { unreadable } from '../files/disk-fault.js';
import type { FileSystem } from '../files/file-system.js';
import { Folder } from '../files/folder.js';
import { nodeFiles } from '../files/node-files.js';
import { isJsonObject } from '../json-object.js';
import { readJsonText } from '../json-text.js';
import { verify } from '../schedule/verify/verify.js';
import { messageOf } from '../thrown.js';
import { type Job, jobOf } from './job.js';

export const MANIFEST = 'manifest.jsonl';

/** The remedy for a manifest that cannot be read. */
const AGAIN = 'write the manifest again with the vcycle that reads it';

/** The folder of the jobs' runs, beside the manifest. */
const JOBS = 'jobs';

/** The location of a manifest. Its folder is the comparison's, which contains the runs of all its jobs. */
export interface ManifestPlace {
  readonly path: string;
  readonly folder: Folder;
  /** The file's name in that folder. */
  readonly name: string;
}

export const manifestAt = (path: string, files: FileSystem = nodeFiles): ManifestPlace => ({
  path,
  folder: Folder.at(dirname(path), files),
  name: basename(path),
});

/** The folder of a job's run. */
export const jobFolder = ({ folder }: ManifestPlace, { id }: Pick<Job, 'id'>): Folder => folder.folder(JOBS).folder(id);

/** The inverse: the comparison to which a run folder would belong, which need not exist. */
export const comparisonOver = ({ path, files }: Folder): Folder | undefined =>
  basename(dirname(resolve(path))) === JOBS ? Folder.at(join(path, '..', '..'), files) : undefined;

/** A line whose id does not match its content was edited by hand, or written by another version. */
const readJob = (value: unknown): E.Either<Fault, Job> => {
  if (!isJsonObject(value)) return E.left(inputFault(`a job must be an object; ${AGAIN}`));
  const { id, arm, backend, allowCpu, precision, compiled, ranks, dataDigest, schedule } = value;
  if (typeof id !== 'string' || typeof arm !== 'string' || typeof backend !== 'string' || typeof allowCpu !== 'boolean')
    return E.left(inputFault(`a job must have an id, an arm, a backend, allowCpu and a schedule; ${AGAIN}`));
  const verified = verify(schedule);
  if (E.isLeft(verified)) return verified;
  const job = jobOf(arm, {
    schedule: verified.right,
    backend,
    allowCpu,
    ...(precision === 'bf16' ? { precision } : {}),
    ...(compiled === true ? { compiled } : {}),
    ...(typeof ranks === 'number' ? { ranks } : {}),
    ...(typeof dataDigest === 'string' ? { dataDigest } : {}),
  });
  return job.id === id ? E.right(job) : E.left(inputFault(`the id ${id} is not that of its job (${job.id}); ${AGAIN}`));
};

interface Line {
  /** 1-based. */
  readonly at: number;
  readonly text: string;
}

const linesOf = ({ folder, name, path }: ManifestPlace): E.Either<Fault, readonly Line[]> => {
  const text = E.tryCatch(
    () => folder.text(name),
    (error) => unreadable(error, `${path}: no manifest is there (${messageOf(error)}); name the ${MANIFEST} in the folder of a comparison`),
  );
  if (E.isLeft(text)) return text;
  const lines = text.right.split('\n').map((line, index) => ({ at: index + 1, text: line }));
  return E.right(lines.filter((line) => line.text.trim() !== ''));
};

const jobOfLine = (text: string): E.Either<Fault, Job> => {
  const value = readJsonText(text);
  return E.isLeft(value) ? E.left(inputFault(`${value.left.sentence}; ${AGAIN}`)) : readJob(value.right);
};

const readLineOf =
  ({ path }: ManifestPlace) =>
  ({ at, text }: Line): E.Either<Fault, Job> =>
    E.mapLeft((fault: Fault): Fault => ({ ...fault, message: `${path}:${at}: ${fault.message}` }))(jobOfLine(text));

/** Left: the manifest does not exist, or one of its lines is not a job. */
export const readManifest = (manifest: ManifestPlace): E.Either<Fault, readonly Job[]> => {
  const lines = linesOf(manifest);
  return E.isLeft(lines) ? lines : E.traverseArray(readLineOf(manifest))(lines.right);
};

/** The job of an id, found by reading every line of the manifest. */
const searchAll = (manifest: ManifestPlace, id: string): E.Either<Fault, Job> => {
  const jobs = readManifest(manifest);
  if (E.isLeft(jobs)) return jobs;
  const found = jobs.right.find((job) => job.id === id);
  return found === undefined
    ? E.left(inputFault(`${manifest.path}: there is no job "${id}" among its ${jobs.right.length}; name the id of one of its lines`))
    : E.right(found);
};

/**
 * The job of an id. Reads only its line if that has the form that `addToManifest` writes; otherwise all lines, since one of them may
 * explain why the job is not found.
 */
export const findJob = (manifest: ManifestPlace, id: string): E.Either<Fault, Job> => {
  const lines = linesOf(manifest);
  if (E.isLeft(lines)) return lines;
  const line = lines.right.find(({ text }) => text.includes(`"id":${JSON.stringify(id)}`));
  return line === undefined ? searchAll(manifest, id) : readLineOf(manifest)(line);
};

/** The job whose run a folder contains; undefined for a folder outside of comparisons, or one that its manifest does not list. */
export const jobIn = (folder: Folder): Job | undefined => {
  const comparison = comparisonOver(folder);
  if (comparison === undefined) return undefined;
  const manifest = { folder: comparison, name: MANIFEST, path: comparison.pathOf(MANIFEST) };
  const job = findJob(manifest, basename(resolve(folder.path)));
  return E.isLeft(job) ? undefined : job.right;
};

const lineOf = (job: Job): string => JSON.stringify(job);

/** Ids of the manifest's jobs. Only lines that are not those of these jobs, as they are written, have to be read: verifying a thousand takes longer. */
const idsIn = (manifest: ManifestPlace, jobs: readonly Job[]): E.Either<Fault, ReadonlySet<string>> => {
  const lines = linesOf(manifest);
  if (E.isLeft(lines)) return lines;
  const known = new Map(jobs.map((job) => [lineOf(job), job.id]));
  const ids = E.traverseArray((line: Line) => {
    const id = known.get(line.text);
    return id === undefined ? E.map((job: Job) => job.id)(readLineOf(manifest)(line)) : E.right(id);
  })(lines.right);
  return E.map((found: readonly string[]): ReadonlySet<string> => new Set(found))(ids);
};

/** Adds jobs to the manifest, which is created if it does not exist; jobs that it already lists are unchanged. Atomic. */
export const addToManifest = (manifest: ManifestPlace, jobs: readonly Job[]): E.Either<Fault, void> => {
  const { folder, name, path } = manifest;
  const known = E.flatten(
    E.tryCatch(
      (): E.Either<Fault, ReadonlySet<string>> => (folder.has(name) ? idsIn(manifest, jobs) : E.right(new Set())),
      (error) => unreadable(error, `${path} cannot be read (${messageOf(error)}); change its permissions`),
    ),
  );
  if (E.isLeft(known)) return known;
  const added = jobs.filter(({ id }) => !known.right.has(id));
  if (added.length === 0) return E.right(undefined);
  return E.tryCatch(
    () => {
      folder.make();
      const before = known.right.size === 0 ? '' : folder.text(name);
      const lines = added.map((job) => `${lineOf(job)}\n`).join('');
      folder.write(name, before + lines);
    },
    (error) => runFault(`${path} could not be written (${messageOf(error)})`),
  );
};
