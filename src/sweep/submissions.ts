/**
 * The submissions to a queue, recorded beside the manifest. Each is recorded before the queue is asked, so that a submission whose answer
 * was lost is found by its name and not repeated. Not here: which jobs are submitted, and when (`queued-sweep.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import { unreadable } from '../files/disk-fault.js';
import type { Folder } from '../files/folder.js';
import { isJsonObject } from '../json-object.js';
import { readJsonText } from '../json-text.js';
import { messageOf } from '../thrown.js';
import type { ManifestPlace } from './manifest.js';

/** The folder of submissions, beside the manifest. */
export const SUBMISSIONS = 'slurm';

export interface Submission {
  /** The name of the array in the queue, and of its files. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Job ids, indexed by task number. */
  readonly jobs: readonly string[];
  /** The array's id; undefined while it is unknown whether it was accepted. */
  readonly array?: string;
}

const RECORD = '.json';

export const submissionsFolder = ({ folder }: ManifestPlace): Folder => folder.folder(SUBMISSIONS);

export const scriptName = ({ name }: Pick<Submission, 'name'>): string => `${name}.sh`;
export const outputName = ({ name }: Pick<Submission, 'name'>, task: number | string): string => `${name}-${task}.out`;

const isId = (value: unknown): value is string => typeof value === 'string';

const submissionIn = (folder: Folder, file: string): E.Either<Fault, Submission> => {
  const value = readJsonText(folder.text(file));
  if (E.isRight(value) && isJsonObject(value.right)) {
    const { name, at, jobs, array } = value.right;
    if (typeof name === 'string' && `${name}${RECORD}` === file && typeof at === 'number' && Array.isArray(jobs) && jobs.every(isId))
      return E.right({ name, at, jobs, ...(typeof array === 'string' ? { array } : {}) });
  }
  return E.left(
    inputFault(
      `${folder.pathOf(file)} must be what vcycle wrote of jobs that it submitted; see with squeue that none is left, and remove it`,
    ),
  );
};

/** Ordered from oldest to newest. */
export const readSubmissions = (manifest: ManifestPlace): E.Either<Fault, readonly Submission[]> => {
  const folder = submissionsFolder(manifest);
  return E.flatten(
    E.tryCatch(
      () => {
        const files = folder.names().filter((file) => file.endsWith(RECORD));
        const all = E.traverseArray((file: string) => submissionIn(folder, file))(files);
        return E.map((found: readonly Submission[]) => [...found].sort((a, b) => a.at - b.at))(all);
      },
      (error) => unreadable(error, `${folder.path} cannot be read (${messageOf(error)}); change its permissions`),
    ),
  );
};

const doing = ({ path }: Folder, what: string, action: () => void): E.Either<Fault, void> =>
  E.tryCatch(action, (error) => runFault(`${path} could not be ${what} (${messageOf(error)})`));

/** Writes the script first, so that every record describes a submission that can have been made. */
export const writeSubmission = (manifest: ManifestPlace, submission: Submission, script?: string): E.Either<Fault, void> => {
  const folder = submissionsFolder(manifest);
  return doing(folder, 'written to', () => {
    folder.make();
    if (script !== undefined) folder.write(scriptName(submission), script);
    folder.write(`${submission.name}${RECORD}`, `${JSON.stringify(submission)}\n`);
  });
};

/** Removes the record of a submission that was not made. */
export const removeSubmission = (manifest: ManifestPlace, submission: Submission): E.Either<Fault, void> => {
  const folder = submissionsFolder(manifest);
  return doing(folder, 'cleared', () => {
    folder.remove(`${submission.name}${RECORD}`);
    folder.remove(scriptName(submission));
  });
};

/** Whether Slurm has created a task's output, which it does when the task begins. */
export const hasOutput = (manifest: ManifestPlace, submission: Submission, task: number): boolean =>
  submissionsFolder(manifest).has(outputName(submission, task));

/** The last line that a task wrote; undefined if it wrote nothing, or never began. */
export const lastWords = (manifest: ManifestPlace, submission: Submission, task: number): string | undefined => {
  const folder = submissionsFolder(manifest);
  const file = outputName(submission, task);
  return E.toUnion(
    E.tryCatch(
      () => {
        if (!folder.has(file)) return undefined;
        const line = folder.text(file).trim().split('\n').at(-1) ?? '';
        return line === '' ? undefined : line.replace(/^vcycle: /, '');
      },
      (error) => `its output ${folder.pathOf(file)} cannot be read (${messageOf(error)})`,
    ),
  );
};
