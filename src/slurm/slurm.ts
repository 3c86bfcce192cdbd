/**
 * What vcycle asks of Slurm. Slurm is believed about what is in its queue and about nothing else: whether a job is done, its own files say. Not here:
 * calling a command (`slurm-command.ts`), which jobs are submitted (`src/sweep`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import { type Answer, type CallSlurm, callSlurm } from './slurm-command.js';

/** What a user may say of an array, as Slurm's commands take it. */
export interface ArrayOptions {
  readonly partition?: string;
  readonly time?: string;
  readonly gpus?: string;
  /** Processors of each task. */
  readonly processors?: number;
  /** Tasks side by side. */
  readonly atMost?: number;
  /** Any other options of sbatch; they come last, and so win. */
  readonly others: readonly string[];
}

export interface TaskArray {
  /** By which it is found again. */
  readonly name: string;
  readonly comment: string;
  readonly tasks: number;
  readonly script: string;
  /** Where each task's output goes: `%a` is its number. */
  readonly output: string;
  /** Arrays that must have ended before it begins. */
  readonly after: readonly string[];
}

/** A task of an array that Slurm has in its queue, or had a short while ago. */
export interface QueuedTask {
  readonly array: string;
  readonly name: string;
  readonly task: number;
  /** In Slurm's words, such as PENDING. */
  readonly state: string;
  /** Why it is in that state, in Slurm's words. */
  readonly reason: string;
  /** Where it runs, or ran; empty where it has not begun. */
  readonly node: string;
  /** It will run, or runs: whatever it is to do may still be done by it. */
  readonly alive: boolean;
}

/** Whether an array was accepted, with its id. */
export type Submitted = { readonly kind: 'accepted'; readonly array: string } | { readonly kind: 'unclear'; readonly words: string };

/** Slurm's states of a job that is over; a job in any other is still to be reckoned with, one that nobody has heard of included. */
const OVER: ReadonlySet<string> = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
]);

/** Seconds before its time limit at which a task is told to keep what it has. */
const NOTICE = 60;

/** Nobody answered; it says nothing about any job, and may be otherwise a moment later. */
export interface Unanswered {
  readonly kind: 'unanswered';
  readonly message: string;
}

const missing = (command: string): Fault =>
  inputFault(`${command} is not on this machine; go to one from which jobs are submitted to Slurm, or do them without it`);

const unconfigured = (command: string): Fault =>
  inputFault(`${command} finds no configuration of Slurm on this machine; go to one of the cluster, or do the jobs without it`);

/** The text of an answer. */
const answerTo = (command: string, answer: Answer): E.Either<Fault | Unanswered, string> => {
  if (answer.kind === 'answered') return E.right(answer.text);
  if (answer.kind === 'missing') return E.left(missing(command));
  if (answer.kind === 'unconfigured') return E.left(unconfigured(command));
  return answer.kind === 'unclear'
    ? E.left({ kind: 'unanswered', message: `${command} gave no answer (${answer.words}); what is queued stays there` })
    : E.left(runFault(`${command} refused: ${answer.words}`));
};

const option = (name: string, value: string | number | undefined): readonly string[] =>
  value === undefined || value === '' ? [] : [`--${name}=${value}`];

const submission = (array: TaskArray, path: string, { partition, time, gpus, processors, atMost, others }: ArrayOptions) => [
  '--parsable',
  `--array=0-${array.tasks - 1}${atMost === undefined ? '' : `%${atMost}`}`,
  `--job-name=${array.name}`,
  `--comment=${array.comment}`,
  `--output=${array.output}`,
  '--open-mode=append',
  '--requeue',
  `--signal=B:USR1@${NOTICE}`,
  ...option('dependency', array.after.length === 0 ? undefined : `afterany:${array.after.join(':')}`),
  ...option('partition', partition),
  ...option('time', time),
  ...option('gpus', gpus),
  ...option('cpus-per-task', processors),
  ...others,
  path,
];

/** `%F|%K|%T|%r|%N|%j`; a name is vcycle's own and has no bar. */
const taskOf = (line: string): readonly QueuedTask[] => {
  const [array, task, state, reason, node = '', name] = line.trim().split('|');
  if (array === undefined || state === undefined || reason === undefined || name === undefined || !/^\d+$/.test(task ?? '')) return [];
  return [{ array, name, task: Number(task), state, reason, node, alive: !OVER.has(state) }];
};

export interface Slurm {
  /** Left: sbatch is not there, or refused, in its own words. @param path of the array's script. */
  submit(array: TaskArray, path: string, options: ArrayOptions): Promise<E.Either<Fault, Submitted>>;
  /** All tasks under these names. */
  queued(names: readonly string[]): Promise<E.Either<Fault | Unanswered, readonly QueuedTask[]>>;
  /** How many tasks an array may have. */
  longestArray(): Promise<E.Either<Fault | Unanswered, number>>;
}

export const slurm = (call: CallSlurm = callSlurm): Slurm => ({
  submit: async (array, path, options) => {
    const answer = await call('sbatch', submission(array, path, options));
    if (answer.kind === 'unclear') return E.right(answer);
    if (answer.kind === 'refused') return E.left(inputFault(`sbatch refused the jobs: ${answer.words}`));
    if (answer.kind === 'missing') return E.left(missing('sbatch'));
    if (answer.kind === 'unconfigured') return E.left(unconfigured('sbatch'));
    // `ID` or `ID;CLUSTER`.
    const id = /^\d+/m.exec(answer.text)?.[0];
    return E.right(id === undefined ? { kind: 'unclear', words: `it said ${answer.text.trim()}` } : { kind: 'accepted', array: id });
  },
  queued: async (names) => {
    if (names.length === 0) return E.right([]);
    const args = ['--noheader', '--array', '--states=all', `--name=${names.join(',')}`, '--format=%F|%K|%T|%r|%N|%j'];
    return E.map((text: string) => text.split('\n').flatMap(taskOf))(answerTo('squeue', await call('squeue', args)));
  },
  longestArray: async () => {
    const text = answerTo('scontrol', await call('scontrol', ['show', 'config']));
    if (E.isLeft(text)) return text;
    const most = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(text.right)?.[1]);
    return most >= 1 ? E.right(most) : E.left(runFault('scontrol show config says no MaxArraySize; job arrays are turned off there'));
  },
});

/** Queues a running task again: Slurm ends it, and starts it again later. */
export const requeue = async (task: string, call: CallSlurm = callSlurm): Promise<E.Either<Fault | Unanswered, void>> =>
  E.map(() => undefined)(answerTo('scontrol', await call('scontrol', ['requeue', task])));
