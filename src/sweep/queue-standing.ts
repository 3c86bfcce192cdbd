/**
 * The state of a sweep's jobs in a queue: the queue tells which jobs are pending or running, but only a job's own folder tells that it is
 * done. Not here: submitting jobs (`queued-sweep.ts`).
 */
import type { QueuedTask } from '../slurm/slurm.js';
import { adviceOn } from './queue-advice.js';
import type { Submission } from './submissions.js';

/** The state of a job that is not done. */
export type Place =
  /** It was never submitted, or its task is no longer in the queue. */
  | { readonly kind: 'nowhere'; readonly tries: number; readonly last?: Gone }
  /** It may have been submitted: the queue has neither accepted nor refused it. */
  | { readonly kind: 'unclear' }
  | { readonly kind: 'queued'; readonly task: QueuedTask };

/** The newest task of a job that is not done and no longer in the queue. */
export interface Gone {
  readonly submission: Submission;
  readonly number: number;
  /** The task as the queue remembers it; undefined if the queue has forgotten it. */
  readonly task?: QueuedTask;
}

const key = (name: string, task: number): string => `${name} ${task}`;

/** The place of each job, by its id. */
export const placesOf = (submissions: readonly Submission[], tasks: readonly QueuedTask[]): ReadonlyMap<string, Place> => {
  const queued = new Map(tasks.map((task) => [key(task.name, task.task), task]));
  const places = new Map<string, Place>();
  for (const submission of submissions)
    for (const [number, id] of submission.jobs.entries()) {
      const before = places.get(id);
      // A task that is alive counts, whatever was submitted after it.
      if (before !== undefined && before.kind !== 'nowhere') continue;
      const task = queued.get(key(submission.name, number));
      const last: Gone = { submission, number, ...(task === undefined ? {} : { task }) };
      if (task?.alive === true) places.set(id, { kind: 'queued', task });
      else if (submission.array === undefined) places.set(id, { kind: 'unclear' });
      else places.set(id, { kind: 'nowhere', tries: (before?.tries ?? 0) + 1, last });
    }
  return places;
};

/** Number of jobs in each state. */
export interface Standing {
  readonly jobs: number;
  readonly done: number;
  readonly running: number;
  readonly pending: number;
  readonly unclear: number;
  readonly failed: number;
  /** The queue's reasons for pending jobs, with the number of jobs for each. */
  readonly reasons: Readonly<Record<string, number>>;
  /** What to do about those that will not start by themselves. */
  readonly advice: readonly string[];
}

const RUNNING: ReadonlySet<string> = new Set(['RUNNING', 'COMPLETING', 'CONFIGURING', 'STAGE_OUT', 'SIGNALING']);

/** The queue's reasons, with the number of tasks for each. */
export const reasonsOf = (tasks: readonly QueuedTask[]): ReadonlyMap<string, number> => {
  const reasons = new Map<string, number>();
  for (const { reason } of tasks) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return reasons;
};

/** @param places of the jobs that are not done. */
export const standingOf = (jobs: number, places: readonly Place[], failed: number): Standing => {
  const tasks = places.flatMap((place) => (place.kind === 'queued' ? [place.task] : []));
  const waiting = tasks.filter(({ state }) => !RUNNING.has(state));
  return {
    jobs,
    done: jobs - places.length,
    running: tasks.length - waiting.length,
    pending: waiting.length,
    unclear: places.filter(({ kind }) => kind === 'unclear').length,
    failed,
    reasons: Object.fromEntries(reasonsOf(waiting)),
    advice: adviceOn(waiting),
  };
};

/**
 * @example
 * standingText(standing) // '5 of 24 jobs done, 2 running, 17 pending (JobArrayTaskLimit 17)'
 */
export const standingText = ({ jobs, done, running, pending, unclear, failed, reasons }: Standing): string => {
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return [
    `${done} of ${jobs} jobs done`,
    ...(running === 0 ? [] : [`${running} running`]),
    ...(pending === 0 ? [] : [`${pending} pending (${why.join(', ')})`]),
    ...(unclear === 0 ? [] : [`${unclear} submitted without an answer`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ].join(', ');
};
