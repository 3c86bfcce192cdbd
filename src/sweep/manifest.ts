/**
 * The manifest: `manifest.jsonl`, one job a line. It is all that another scheduler needs to know of a sweep: `vcycle job MANIFEST ID` does
 * one of them, wherever and as often as it is called. Not here: what a job is (`job.ts`).
 */
import { basename, dirname, join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import type { FileSystem } from '../files/file-system.js';
import { Folder } from '../files/folder.js';
import { nodeFiles } from '../files/node-files.js';
import { readJsonText } from '../json-text.js';
import { verify } from '../schedule/verify/verify.js';
import { messageOf } from '../thrown.js';
import { type Job, jobOf } from './job.js';

export const MANIFEST = 'manifest.jsonl';

/** How a manifest that cannot be read is mended. */
const ANEW = 'write the manifest anew with the vcycle that reads it';

/** Beside the manifest. */
const JOBS = 'jobs';

/** Where a manifest is. Its folder is that of the comparison: all its jobs' runs lie in there. */
export interface ManifestPlace {
  readonly path: string;
  readonly folder: Folder;
  /** Of the file in that folder. */
  readonly name: string;
}

export const manifestAt = (path: string, files: FileSystem = nodeFiles): ManifestPlace => ({
  path,
  folder: Folder.at(dirname(path), files),
  name: basename(path),
});

/** Where a job's run goes. */
export const jobFolder = ({ folder }: ManifestPlace, { id }: Pick<Job, 'id'>): Folder => folder.folder(JOBS).folder(id);

/** The way back: the comparison that a run folder may belong to, which need not be there. */
export const comparisonOver = ({ path, files }: Folder): Folder | undefined =>
  basename(dirname(resolve(path))) === JOBS ? Folder.at(join(path, '..', '..'), files) : undefined;

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

interface Line {
  /** 1-based. */
  readonly at: number;
  readonly text: string;
}

const linesOf = ({ folder, name, path }: ManifestPlace): E.Either<Fault, readonly Line[]> =>
  pipe(
    E.tryCatch(
      () => folder.text(name),
      (error) => inputFault(`${path}: no manifest is there (${messageOf(error)}); name the ${MANIFEST} in the folder of a comparison`),
    ),
    E.map((text) =>
      text
        .split('\n')
        .map((line, index) => ({ at: index + 1, text: line }))
        .filter((line) => line.text.trim() !== ''),
    ),
  );

const readLineOf =
  ({ path }: ManifestPlace) =>
  ({ at, text }: Line): E.Either<Fault, Job> =>
    pipe(
      readJsonText(text),
      E.mapLeft(({ sentence }): Fault => inputFault(`${sentence}; ${ANEW}`)),
      E.chain(readJob),
      E.mapLeft((fault): Fault => ({ ...fault, message: `${path}:${at}: ${fault.message}` })),
    );

/** Left: it is not there, or a line of it is no job. */
export const readManifest = (manifest: ManifestPlace): E.Either<Fault, readonly Job[]> =>
  pipe(linesOf(manifest), E.chain(E.traverseArray(readLineOf(manifest))));

/** The job of an id among all that a manifest has, each of which is read. */
const searchAll = (manifest: ManifestPlace, id: string): E.Either<Fault, Job> =>
  pipe(
    readManifest(manifest),
    E.chain((jobs) =>
      pipe(
        jobs.find((job) => job.id === id),
        E.fromNullable(inputFault(`${manifest.path}: there is no job "${id}" among its ${jobs.length}; name the id of one of its lines`)),
      ),
    ),
  );

/** The job of an id. Its line alone is read where it stands as `addToManifest` writes it; else all of them, since one may say why it is not found. */
export const findJob = (manifest: ManifestPlace, id: string): E.Either<Fault, Job> =>
  pipe(
    linesOf(manifest),
    E.chain((lines) => {
      const line = lines.find(({ text }) => text.includes(`"id":${JSON.stringify(id)}`));
      return line === undefined ? searchAll(manifest, id) : readLineOf(manifest)(line);
    }),
  );

/** The job whose run a folder holds; undefined for a folder of nobody's, or one whose manifest says nothing of it. */
export const jobIn = (folder: Folder): Job | undefined => {
  const comparison = comparisonOver(folder);
  if (comparison === undefined) return undefined;
  return pipe(
    findJob({ folder: comparison, name: MANIFEST, path: comparison.pathOf(MANIFEST) }, basename(resolve(folder.path))),
    E.match(
      () => undefined,
      (job) => job,
    ),
  );
};

/** Adds jobs to the manifest, which need not be there; those that it has already stay as they are. Whole or not at all. */
export const addToManifest = (manifest: ManifestPlace, jobs: readonly Job[]): E.Either<Fault, void> => {
  const { folder, name, path } = manifest;
  return pipe(
    folder.has(name) ? readManifest(manifest) : E.right<Fault, readonly Job[]>([]),
    E.chain((known) => {
      const ids = new Set(known.map(({ id }) => id));
      const added = jobs.filter(({ id }) => !ids.has(id));
      if (added.length === 0) return E.right(undefined);
      return E.tryCatch(
        () => {
          folder.make();
          const before = known.length === 0 ? '' : folder.text(name);
          const lines = added.map((job) => `${JSON.stringify(job)}\n`).join('');
          folder.write(name, before + lines);
        },
        (error) => runFault(`${path} could not be written (${messageOf(error)})`),
      );
    }),
  );
};
