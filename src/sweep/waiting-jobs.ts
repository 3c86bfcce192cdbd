/**
 * Jobs of comparisons that were submitted to a queue and have not begun, so that no run folder speaks of them. Read-only. Not here: their
 * comparison's own account (`queued-sweep.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../fault.js';
import type { Folder } from '../files/folder.js';
import type { Slurm } from '../slurm/slurm.js';
import { jobFolder, MANIFEST, type ManifestPlace, manifestAt } from './manifest.js';
import { adviceOn } from './queue-advice.js';
import { placesOf, reasonsOf } from './queue-standing.js';
import { readSubmissions, SUBMISSIONS, type Submission } from './submissions.js';

/** Deeper than anybody nests comparisons. */
const DEEPEST = 6;

/** Comparisons with submissions, at a folder or below it. Folders that cannot be read have none. */
const submittedUnder = (folder: Folder, deepest = DEEPEST): readonly ManifestPlace[] => {
  try {
    if (folder.status()?.kind !== 'folder') return [];
    if (folder.has(MANIFEST)) return folder.has(SUBMISSIONS) ? [manifestAt(folder.pathOf(MANIFEST), folder.files)] : [];
    if (deepest === 0) return [];
    const inside = folder.names().filter((name) => name !== 'node_modules' && !name.startsWith('.'));
    return inside
      .filter((name) => folder.files.look(folder.pathOf(name))?.kind === 'folder')
      .flatMap((name) => submittedUnder(folder.folder(name), deepest - 1));
  } catch {
    return [];
  }
};

interface Waiting {
  readonly manifest: ManifestPlace;
  readonly submissions: readonly Submission[];
  readonly jobs: readonly string[];
}

const waitingIn = (manifest: ManifestPlace): E.Either<Fault, Waiting> =>
  E.map((submissions: readonly Submission[]) => {
    const submitted = [...new Set(submissions.flatMap(({ jobs }) => jobs))];
    return { manifest, submissions, jobs: submitted.filter((id) => jobFolder(manifest, { id }).status() === undefined) };
  })(readSubmissions(manifest));

const counted = (jobs: number): string => `${jobs} ${jobs === 1 ? 'job' : 'jobs'}`;

/** Sentences about each comparison of which jobs wait; none where the queue knows of none. The queue is asked once, and only if some may wait. */
export const waitingJobs = async (roots: readonly Folder[], slurm: Slurm): Promise<readonly string[]> => {
  const found = roots.flatMap((root) => submittedUnder(root)).map(waitingIn);
  const wrong = found.flatMap((each) => (E.isLeft(each) ? [each.left.message] : []));
  const waiting = found.flatMap((each) => (E.isRight(each) && each.right.jobs.length > 0 ? [each.right] : []));
  if (waiting.length === 0) return wrong;
  const tasks = await slurm.queued(waiting.flatMap(({ submissions }) => submissions.map(({ name }) => name)));
  return [
    ...wrong,
    ...waiting.flatMap(({ manifest, submissions, jobs }) => {
      const { path } = manifest.folder;
      if (E.isLeft(tasks))
        return [`${path}: ${counted(jobs.length)} submitted to Slurm, not begun as far as is known here: ${tasks.left.message}`];
      const places = placesOf(submissions, tasks.right);
      const queued = jobs.flatMap((id) => {
        const place = places.get(id);
        return place?.kind === 'queued' ? [place.task] : [];
      });
      if (queued.length === 0) return [];
      const why = [...reasonsOf(queued)].map(([reason, count]) => `${reason} ${count}`);
      return [`${path}: ${counted(queued.length)} in Slurm's queue, not begun (${why.join(', ')})`, ...adviceOn(queued)];
    }),
  ];
};
