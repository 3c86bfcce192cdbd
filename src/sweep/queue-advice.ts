/** What to do about jobs that Slurm has in its queue and will not start by itself. Not here: how many they are (`queue-standing.ts`). */
import type { QueuedTask } from '../slurm/slurm.js';

/** Slurm's reason, and the remedy; `arrays` are the ids of the arrays that the jobs belong to. */
const REMEDIES: readonly (readonly [RegExp, (arrays: string) => string])[] = [
  [
    /launch failed|requeued (in )?held/i,
    (arrays) =>
      `the node could not start them: see why with sinfo -R, resume it (scontrol update NodeName=… State=resume), then scontrol release ${arrays}`,
  ],
  [/held/i, (arrays) => `they wait to be released: scontrol release ${arrays}`],
  [/ReqNodeNotAvail|Nodes required for job are DOWN|NodeDown/i, () => 'their nodes are away: sinfo -R says why'],
  [
    /DependencyNeverSatisfied|PartitionTimeLimit|PartitionNodeLimit|BadConstraints|InvalidAccount|InvalidQOS/i,
    (arrays) => `they can never start as they were asked for: scancel ${arrays}, then the same command with other options`,
  ],
];

/**
 * One sentence for each remedy.
 *
 * @example
 * adviceOn(tasks) // ['3 jobs (JobHeldUser): they wait to be released: scontrol release 12']
 */
export const adviceOn = (tasks: readonly QueuedTask[]): readonly string[] => {
  const byReason = new Map<string, QueuedTask[]>();
  for (const task of tasks) byReason.set(task.reason, [...(byReason.get(task.reason) ?? []), task]);
  return [...byReason].flatMap(([reason, same]) => {
    const remedy = REMEDIES.find(([pattern]) => pattern.test(reason))?.[1];
    const arrays = [...new Set(same.map(({ array }) => array))].join(',');
    return remedy === undefined ? [] : [`${same.length} ${same.length === 1 ? 'job' : 'jobs'} (${reason}): ${remedy(arrays)}`];
  });
};
