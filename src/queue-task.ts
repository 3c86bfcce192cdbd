/**
 * The task of a queue in which this process runs, by the environment that Slurm gives it. Not here: what is asked of the queue (`src/slurm`).
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** Its array's id alone would mean all of its tasks. Undefined outside of Slurm. */
export const ownTask = ({ SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task, SLURM_JOB_ID: job }: Environment): string | undefined =>
  array === undefined || task === undefined ? job : `${array}_${task}`;

/** A task, and how often it was begun again: the one before has ended whenever there is a later one, wherever it was. */
export interface TaskAttempt {
  readonly cluster: string;
  readonly task: string;
  readonly restarts: number;
}

export const ownAttempt = (environment: Environment): TaskAttempt | undefined => {
  const task = ownTask(environment);
  const { SLURM_CLUSTER_NAME: cluster = '', SLURM_RESTART_COUNT: restarts = '0' } = environment;
  return task === undefined ? undefined : { cluster, task, restarts: Number(restarts) };
};

/** Whether the second is a later attempt of the same task. */
export const isLater = (one: TaskAttempt, other: TaskAttempt): boolean =>
  one.cluster === other.cluster && one.task === other.task && one.restarts < other.restarts;
