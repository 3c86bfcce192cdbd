/**
 * A sweep carried out by a queue: jobs that are neither done nor in the queue are submitted as one array, which a later call finds again.
 * Right: all jobs are done, or, if the caller does not wait, the state of the jobs. Not here: carrying out a job, which a task does with
 * `vcycle job`.
 */
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../fault.js';
import { arrayScript } from '../slurm/array-script.js';
import type { ArrayOptions, Slurm, Unanswered } from '../slurm/slurm.js';
import { labelOf } from './job.js';
import { stateOf } from './job-state.js';
import { addToManifest, jobFolder, type ManifestPlace } from './manifest.js';
import { type Gone, type Place, placesOf, type Standing, standingOf, standingText } from './queue-standing.js';
import { waves } from './shared-heads.js';
import { removeLockOf } from './stale-lock.js';
import {
  lastWords,
  outputName,
  readSubmissions,
  removeSubmission,
  type Submission,
  scriptName,
  submissionsFolder,
  writeSubmission,
} from './submissions.js';
import type { PlannedJob } from './sweep.js';
import { unseenFolder } from './unseen-folder.js';

export interface Queue {
  readonly slurm: Slurm;
  readonly options: ArrayOptions;
  /** Whether to wait until all jobs are done; otherwise the jobs run unattended. */
  readonly wait: boolean;
  /** The command with which a node carries out a job: these words, the job's id, and then `after`. */
  readonly command: (manifest: string) => readonly string[];
  readonly after: readonly string[];
}

export interface QueuedSweepOptions {
  readonly manifest: ManifestPlace;
  readonly queue: Queue;
  readonly say: (message: string) => void;
  /** Aborted: waiting ends, but the jobs continue to run. */
  readonly signal: AbortSignal;
}

/** A job that was submitted this many times and never finished is given up. */
const MOST_TRIES = 3;

/**
 * Milliseconds after which an unanswered submission counts as not made, if the queue answers and does not know it: sbatch has given up by
 * then.
 */
const UNCLEAR_FOR = 150_000;

/** Milliseconds between two queries: the first, and the longest. Others use the queue, too. */
const LOOK = { first: 1000, longest: 10_000 };

/** What is known so far about jobs that are not known to be done. */
interface Look {
  readonly open: readonly PlannedJob[];
  readonly places: ReadonlyMap<string, Place>;
  /** Ids of the arrays in the queue. */
  readonly arrays: readonly string[];
}

const placeIn = ({ places }: Look, { id }: PlannedJob): Place => places.get(id) ?? { kind: 'nowhere', tries: 0 };

/** The queue is asked before the folders are read: a job that is no longer in the queue has written all that it ever will. */
const look = async (open: readonly PlannedJob[], { manifest, queue }: QueuedSweepOptions): Promise<E.Either<Fault | Unanswered, Look>> => {
  const found = readSubmissions(manifest);
  if (E.isLeft(found)) return found;
  const tasks = await queue.slurm.queued(found.right.map(({ name }) => name));
  if (E.isLeft(tasks)) return tasks;
  const submissions: Submission[] = [];
  for (const submission of found.right) {
    const array = submission.array ?? tasks.right.find(({ name }) => name === submission.name)?.array;
    const known = array === undefined ? submission : { ...submission, array };
    const forgotten = array === undefined && Date.now() - submission.at > UNCLEAR_FOR;
    if (!forgotten) submissions.push(known);
    if (!forgotten && array === submission.array) continue;
    const kept = forgotten ? removeSubmission(manifest, submission) : writeSubmission(manifest, known);
    if (E.isLeft(kept)) return kept;
  }
  const left: PlannedJob[] = [];
  for (const job of open) {
    const state = stateOf(jobFolder(manifest, job), job);
    if (E.isLeft(state)) return state;
    if (state.right.kind !== 'done') left.push(job);
  }
  const arrays = [...new Set(tasks.right.filter(({ alive }) => alive).map(({ array }) => array))];
  return E.right({ open: left, places: placesOf(submissions, tasks.right), arrays });
};

/** The name is derived from what was submitted, from where and when, so that it is unique. */
const submissionOf = (manifest: ManifestPlace, jobs: readonly PlannedJob[]): Submission => {
  const at = Date.now();
  const ids = jobs.map(({ id }) => id);
  const said = JSON.stringify([resolve(manifest.path), at, process.pid, ids]);
  return { name: `vcycle-${bytesToHex(sha256(utf8ToBytes(said))).slice(0, 12)}`, at, jobs: ids };
};

/** Returns the array's id; undefined if it is unknown whether the array was accepted. */
const submitOne = async (
  jobs: readonly PlannedJob[],
  after: readonly string[],
  { manifest, queue, say }: QueuedSweepOptions,
): Promise<E.Either<Fault, string | undefined>> => {
  const submission = submissionOf(manifest, jobs);
  const path = resolve(manifest.path);
  const folder = resolve(submissionsFolder(manifest).path);
  const script = arrayScript({ command: queue.command(path), after: queue.after, each: submission.jobs });
  const intended = writeSubmission(manifest, submission, script);
  if (E.isLeft(intended)) return intended;
  const array = {
    name: submission.name,
    comment: `vcycle compare ${path}`,
    tasks: jobs.length,
    script,
    output: `${folder.replaceAll('%', '%%')}/${outputName(submission, '%a')}`,
    after,
  };
  const submitted = await queue.slurm.submit(array, `${folder}/${scriptName(submission)}`, queue.options);
  if (E.isLeft(submitted)) {
    const removed = removeSubmission(manifest, submission);
    return E.isLeft(removed) ? removed : submitted;
  }
  if (submitted.right.kind === 'unclear') {
    say(`sbatch gave no answer (${submitted.right.words}); the queue is asked for ${submission.name} before anything is submitted again`);
    return E.right(undefined);
  }
  const kept = writeSubmission(manifest, { ...submission, array: submitted.right.array });
  return E.isLeft(kept) ? kept : E.right(submitted.right.array);
};

/**
 * The longest jobs first; those that begin with what others train, after these. If only a limited number may run at a time, an array waits for the earlier
 * ones, too.
 *
 * @param others jobs of the sweep that are done or in the queue.
 */
const submit = async (
  jobs: readonly PlannedJob[],
  others: readonly PlannedJob[],
  arrays: readonly string[],
  options: QueuedSweepOptions,
): Promise<E.Either<Fault | Unanswered, void>> => {
  if (jobs.length === 0) return E.right(undefined);
  const longest = await options.queue.slurm.longestArray();
  if (E.isLeft(longest)) return longest;
  const sorted = [...jobs].sort((a, b) => b.flops - a.flops);
  const inTurn = options.queue.options.atMost !== undefined;
  let before = inTurn ? arrays : [];
  for (const wave of waves(sorted, others)) {
    const ofWave: string[] = [];
    for (let from = 0; from < wave.length; from += longest.right) {
      const array = await submitOne(wave.slice(from, from + longest.right), before, options);
      if (E.isLeft(array)) return array;
      if (array.right === undefined) return E.right(undefined);
      ofWave.push(array.right);
      if (inTurn) before = [array.right];
    }
    before = inTurn ? before : ofWave;
  }
  return E.right(undefined);
};

const goneFault = (job: PlannedJob, { submission, number, task }: Gone, tries: number, manifest: ManifestPlace): Fault => {
  const { path } = submissionsFolder(manifest);
  const words = lastWords(manifest, submission, number);
  const state = task === undefined ? 'Slurm has forgotten it' : `Slurm says ${task.state}`;
  const said = words ?? `it left no output in ${path}, which its node may not see`;
  const times = `${tries} ${tries === 1 ? 'time' : 'times'}`;
  return runFault(
    `job ${job.id} (${labelOf(job)}) was submitted ${times} and did not finish (${state}): ${said}; ` +
      `to have such jobs submitted again, remove ${path}`,
  );
};

/** Separates the jobs to submit from those to give up: tried too often, or cancelled while this call watched them. */
const sorted = (seen: Look, watched: ReadonlySet<string>, manifest: ManifestPlace) => {
  const todo: PlannedJob[] = [];
  const faults: Fault[] = [];
  for (const job of seen.open) {
    const place = placeIn(seen, job);
    if (place.kind !== 'nowhere') continue;
    const { last, tries } = place;
    const cancelled = last?.task?.state === 'CANCELLED' && watched.has(job.id);
    if (last !== undefined && (tries >= MOST_TRIES || cancelled)) faults.push(goneFault(job, last, tries, manifest));
    else todo.push(job);
  }
  return { todo, faults };
};

/** Submits the jobs that need it, and returns the resulting state of all jobs. */
const step = async (
  jobs: readonly PlannedJob[],
  seen: Look,
  watched: ReadonlySet<string>,
  options: QueuedSweepOptions,
): Promise<E.Either<Fault | Unanswered, { readonly standing: Standing; readonly faults: readonly Fault[]; readonly seen: Look }>> => {
  const unseen = unseenFolder([...seen.places.values()], options.manifest);
  if (unseen !== undefined) return E.left(unseen);
  const { todo, faults } = sorted(seen, watched, options.manifest);
  for (const job of todo) {
    const place = placeIn(seen, job);
    if (place.kind !== 'nowhere' || place.last === undefined) continue;
    const unlocked = removeLockOf(jobFolder(options.manifest, job), place.last);
    if (E.isLeft(unlocked)) return unlocked;
  }
  const others = jobs.filter((job) => !todo.includes(job));
  const submitted = await submit(todo, others, seen.arrays, options);
  if (E.isLeft(submitted)) return submitted;
  const after = todo.length === 0 ? E.right(seen) : await look(seen.open, options);
  if (E.isLeft(after)) return after;
  const places = after.right.open.map((job) => placeIn(after.right, job));
  return E.right({ standing: standingOf(jobs.length, places, faults.length), faults, seen: after.right });
};

const allFaults = ([first, ...others]: readonly Fault[]): Fault => {
  const rest = others.length === 0 ? '' : ` (and ${others.length} more jobs failed)`;
  return runFault(`${first?.message ?? ''}${rest}`);
};

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  // An abort ends the wait.
  setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);

/** Right: undefined if all jobs are done. */
export const queuedSweep = async (
  jobs: readonly PlannedJob[],
  options: QueuedSweepOptions,
): Promise<E.Either<Fault, Standing | undefined>> => {
  const { manifest, queue, say, signal } = options;
  const unique = [...new Map(jobs.map((job) => [job.id, job])).values()];
  const written = addToManifest(manifest, unique);
  if (E.isLeft(written)) return written;
  const watched = new Set<string>();
  let open: readonly PlannedJob[] = unique;
  let said = '';
  const sayOnce = (text: string): void => {
    if (text !== said) say(text);
    said = text;
  };
  for (let wait = LOOK.first; ; wait = Math.min(LOOK.longest, wait * 1.5)) {
    const seen = await look(open, options);
    const stepped = E.isLeft(seen) ? seen : await step(unique, seen.right, watched, options);
    if (E.isLeft(stepped)) {
      const { left } = stepped;
      if (left.kind !== 'unanswered') return E.left(left);
      // An unreachable controller returns, and the jobs continue to run meanwhile.
      if (!queue.wait) return E.left(runFault(left.message));
      sayOnce(left.message);
    } else {
      const { standing, faults } = stepped.right;
      open = stepped.right.seen.open;
      if (open.length === 0) return E.right(undefined);
      if (faults.length === open.length) return E.left(allFaults(faults));
      if (!queue.wait) return E.right(standing);
      sayOnce([`slurm: ${standingText(standing)}`, ...standing.advice].join('\n'));
      for (const job of open) if (placeIn(stepped.right.seen, job).kind === 'queued') watched.add(job.id);
    }
    await pause(wait, signal);
    if (signal.aborted) return E.left(runFault('no longer waiting; the jobs stay in the queue, and the same command continues'));
  }
};
