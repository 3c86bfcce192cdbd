/**
 * The manifest: `manifest.jsonl`, one job a line. It is all that another scheduler needs to know of a sweep: `vcycle job MANIFEST ID` does
 * one of them, wherever and as often as it is called. Not here: what a job is (`job.ts`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as J from 'fp-ts/lib/Json.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import { makeFolder } from '../make-folder.js';
import { nodeDisk, writeDurably } from '../runner/folder/durable.js';
import { verify } from '../schedule/verify.js';
import { type Job, jobOf } from './job.js';

export const MANIFEST = 'manifest.jsonl';

/** How a manifest that cannot be read is mended. */
const ANEW = 'write the manifest anew with the vcycle that reads it';

/** Beside the manifest. */
const JOBS = 'jobs';

/** Where a job's run goes, by the path of its manifest. */
export const jobFolder = (manifest: string, { id }: Pick<Job, 'id'>): string => join(dirname(manifest), JOBS, id);

/** The way back: the manifest that a run folder may belong to, which need not be there. */
export const manifestOver = (folder: string): string | undefined =>
  basename(dirname(resolve(folder))) === JOBS ? join(folder, '..', '..', MANIFEST) : undefined;

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A line whose id is not that of its content was changed by hand, or written by another version. */
const readJob = (value: unknown): E.Either<Fault, Job> => {
  if (!isObject(value)) return E.left(inputFault(`a job must be an object; ${ANEW}`));
  const { id, arm, backend, allowCpu, dataDigest, schedule } = value;
  if (typeof id !== 'string' || typeof arm !== 'string' || typeof backend !== 'string' || typeof allowCpu !== 'boolean')
    return E.left(inputFault(`a job must have an id, an arm, a backend, allowCpu and a schedule; ${ANEW}`));
  return pipe(
    verify(schedule),
    E.map((verified) => jobOf(arm, { schedule: verified, backend, allowCpu, ...(typeof dataDigest === 'string' ? { dataDigest } : {}) })),
    E.filterOrElse(
      (job) => job.id === id,
      (job) => inputFault(`the id ${id} is not that of its job (${job.id}); ${ANEW}`),
    ),
  );
};

const linesOf = (path: string): E.Either<Fault, readonly string[]> =>
  pipe(
    E.tryCatch(
      () => readFileSync(path, 'utf8'),
      (error) => inputFault(`${path}: no manifest is there (${reason(error)}); name the ${MANIFEST} in the folder of a comparison`),
    ),
    E.map((text) => text.split('\n').filter((line) => line.trim() !== '')),
  );

const readLine = (line: string): E.Either<Fault, Job> =>
  pipe(
    J.parse(line),
    E.mapLeft((): Fault => inputFault(`a line is not JSON; ${ANEW}`)),
    E.chain(readJob),
  );

const readLineOf =
  (path: string) =>
  (line: string): E.Either<Fault, Job> =>
    pipe(
      readLine(line),
      E.mapLeft((fault): Fault => ({ ...fault, message: `${path}: ${fault.message}` })),
    );

/** Left: it is not there, or a line of it is no job. */
export const readManifest = (path: string): E.Either<Fault, readonly Job[]> =>
  pipe(linesOf(path), E.chain(E.traverseArray(readLineOf(path))));

/** The job of an id among all that a manifest has, each of which is read. */
const searchAll = (path: string, id: string): E.Either<Fault, Job> =>
  pipe(
    readManifest(path),
    E.chain((jobs) =>
      pipe(
        jobs.find((job) => job.id === id),
        E.fromNullable(inputFault(`${path}: there is no job "${id}" among its ${jobs.length}; name the id of one of its lines`)),
      ),
    ),
  );

/** The job of an id. Its line alone is read where it stands as `addToManifest` writes it; else all of them, since one may say why it is not found. */
export const findJob = (path: string, id: string): E.Either<Fault, Job> =>
  pipe(
    linesOf(path),
    E.chain((lines) => {
      const line = lines.find((each) => each.includes(`"id":${JSON.stringify(id)}`));
      return line === undefined ? searchAll(path, id) : readLineOf(path)(line);
    }),
  );

/** The job whose run a folder holds; undefined for a folder of nobody's, or one whose manifest says nothing of it. */
export const jobIn = (folder: string): Job | undefined => {
  const manifest = manifestOver(folder);
  if (manifest === undefined) return undefined;
  return pipe(
    findJob(manifest, basename(resolve(folder))),
    E.match(
      () => undefined,
      (job) => job,
    ),
  );
};

/** Adds jobs to the manifest, which need not be there; those that it has already stay as they are. Whole or not at all. */
export const addToManifest = (path: string, jobs: readonly Job[]): E.Either<Fault, void> =>
  pipe(
    existsSync(path) ? readManifest(path) : E.right<Fault, readonly Job[]>([]),
    E.chain((known) => {
      const ids = new Set(known.map(({ id }) => id));
      const added = jobs.filter(({ id }) => !ids.has(id));
      if (added.length === 0) return E.right(undefined);
      return E.tryCatch(
        () => {
          makeFolder(dirname(path));
          const before = known.length === 0 ? '' : readFileSync(path, 'utf8');
          const lines = added.map((job) => `${JSON.stringify(job)}\n`).join('');
          writeDurably(nodeDisk, path, new TextEncoder().encode(before + lines));
        },
        (error) => runFault(`${path} could not be written (${reason(error)})`),
      );
    }),
  );
