/**
 * Nodes that do not see a comparison's folder. Slurm creates a task's output there before the task begins: where nothing that ended on a node left
 * any, trying again gives the same. Not here: jobs that failed and said why (`queued-sweep.ts`).
 */
import { resolve } from 'node:path';
import { type Fault, runFault } from '../fault.js';
import type { ManifestPlace } from './manifest.js';
import type { Place } from './queue-standing.js';
import { hasOutput, submissionsFolder } from './submissions.js';

/** Ended from outside, perhaps before they began. */
const NEVER_BEGAN: ReadonlySet<string> = new Set(['BOOT_FAIL', 'CANCELLED', 'NODE_FAIL', 'PREEMPTED', 'REVOKED']);

/** A single task without output may have been lost in some other way. */
const ENOUGH = 2;

/** @param places of the jobs that are not done. */
export const unseenFolder = (places: readonly Place[], manifest: ManifestPlace): Fault | undefined => {
  const silent = new Map<string, number>();
  const heard = new Set<string>();
  for (const place of places) {
    if (place.kind !== 'nowhere' || place.last?.task === undefined) continue;
    const { submission, number, task } = place.last;
    if (task.node === '' || NEVER_BEGAN.has(task.state)) continue;
    if (hasOutput(manifest, submission, number)) heard.add(task.node);
    else silent.set(task.node, (silent.get(task.node) ?? 0) + 1);
  }
  const [node, count] = [...silent].find(([name, tasks]) => !heard.has(name) && tasks >= Math.min(ENOUGH, places.length)) ?? [];
  if (node === undefined || count === undefined) return undefined;
  const path = resolve(submissionsFolder(manifest).path);
  return runFault(
    `node ${node} does not see ${path}: ${count === 1 ? 'a job' : `${count} jobs`} ended there without any output in it; ` +
      `name a folder that all nodes share, or leave the node out (--exclude=${node} of sbatch), and remove ${path}`,
  );
};
