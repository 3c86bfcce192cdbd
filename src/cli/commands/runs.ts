/**
 * `vcycle runs`: lists runs (`list`), shows one (`show`), and removes those that nobody needs (`prune`). Reads run folders; runs nothing.
 */
import * as A from 'fp-ts/lib/Array.js';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { Folder } from '../../files/folder.js';
import { runsSheet } from '../../report/run/runs-sheet.js';
import { count, counted, loss } from '../../report/table/format.js';
import { renderSheet } from '../../report/table/table.js';
import { wrapProse } from '../../report/table/wrap.js';
import { inside } from '../../schedule/sentences.js';
import { slurm } from '../../slurm/slurm.js';
import { condition, fieldOf } from '../../store/condition.js';
import { holdsRun } from '../../store/find-runs.js';
import { type Pruning, pruning, type Removal, remove } from '../../store/prune.js';
import { pruneStates } from '../../store/prune-states.js';
import { type RunEntry, type RunField, readEntry } from '../../store/run-entry.js';
import { queryRuns, type RunQuery, thatExist } from '../../store/run-index.js';
import { waitingJobs } from '../../sweep/waiting-jobs.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { complain, printJson, printText } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

export interface QueryOptions {
  readonly where: readonly string[];
  readonly sort: string;
  readonly rebuild: boolean;
  readonly json: boolean;
}

export interface PruneOptions extends QueryOptions {
  readonly checkpoints: boolean;
  readonly results: boolean;
  readonly states: boolean;
  readonly keepStates?: number;
  readonly yes: boolean;
}

/** A fault about the value of that option. */
const givenBy =
  (option: string) =>
  (fault: Fault): Fault => ({ ...fault, message: inside(option, fault.message) });

/** A minus, as in `-started`, sorts in descending order. */
const sorted = (sort: string): E.Either<Fault, RunQuery['sort']> => {
  const field = fieldOf(sort.replace(/^-/, ''));
  return E.bimap(givenBy('--sort'), (field: RunField) => ({ field, descending: sort.startsWith('-') }))(field);
};

const found = async (roots: readonly string[], { where, sort, rebuild }: QueryOptions): Promise<E.Either<Fault, readonly RunEntry[]>> => {
  const conditions = E.mapLeft(givenBy('--where'))(E.traverseArray(condition)(where));
  if (E.isLeft(conditions)) return conditions;
  const order = sorted(sort);
  if (E.isLeft(order)) return order;
  const runs = await queryRuns(roots, { conditions: conditions.right, sort: order.right }, { rebuild })();
  if (E.isLeft(runs)) return runs;
  const { entries, notKept } = runs.right;
  for (const [root, why] of notKept) complain(`the index of ${root} could not be kept (${why}); the folders are read again next time`);
  return E.right(entries);
};

export const list =
  (roots: readonly string[], options: QueryOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const entries = await found(roots, options);
    if (E.isLeft(entries)) return entries;
    if (options.json) printJson(entries.right);
    else {
      printText(renderSheet(runsSheet(entries.right), terminalWidth()));
      const waiting = await waitingJobs(
        roots.map((root) => Folder.at(root)),
        slurm(),
      );
      for (const line of waiting) printText(wrapProse(line, terminalWidth()));
      for (const { folder, reason } of entries.right)
        if (reason !== null) complain(reason.startsWith(folder) ? reason : `${folder}: ${reason}`);
    }
    return E.right(EXIT.done);
  };

const shown = (value: RunEntry[keyof RunEntry], field: string): string => {
  if (value === null) return '';
  if (field === 'started') return new Date(value).toISOString();
  if (field === 'loss' || field === 'validation' || field === 'bitsPerByte') return loss(Number(value));
  return field === 'bytes' || field === 'flops' ? count(Number(value)) : String(value);
};

export const show = (folder: string, { json }: { readonly json: boolean }): TE.TaskEither<Fault, ExitCode> => {
  const found = Folder.at(folder);
  if (!holdsRun(found)) return TE.left(inputFault(`${folder}: no run is there; \`vcycle runs list\` lists them`));
  const entry = readEntry(found);
  if (json) printJson(entry);
  else {
    const lines = Object.entries(entry).filter(([, value]) => value !== null);
    printText(lines.map(([field, value]) => `${field.padEnd(11)} ${shown(value, field)}`).join('\n'));
  }
  return TE.right(EXIT.done);
};

/** Removes runs if that was requested. One that cannot be removed does not stop the others; its fault is returned. */
const carriedOut = (pruning: Pruning, yes: boolean): { readonly pruning: Pruning; readonly faults: readonly Fault[] } => {
  const { left: faults, right: removals } = A.partitionMap((removal: Removal) =>
    yes ? E.map(() => removal)(remove(removal)) : E.right(removal),
  )([...pruning.removals]);
  return { pruning: { ...pruning, removals }, faults };
};

const prunedText = ({ removals, results, linked }: Pruning, yes: boolean): string => {
  const lines = removals.map(({ folder, what, bytes }) => `${folder}${what === 'checkpoints' ? '/checkpoints/*' : ''}  ${count(bytes)}B`);
  const total = `${counted(removals.length, 'run')}, ${count(removals.reduce((sum, { bytes }) => sum + bytes, 0))}B`;
  const kept =
    results.length === 0
      ? []
      : [`kept: ${counted(results.length, 'run')} that comparisons have their figures from; --results takes them, too`];
  const untouched = linked.map((folder) => `kept: ${folder}/checkpoints, which is a link; what it leads to is not the run's alone`);
  return [...lines, yes ? `removed: ${total}` : `would remove: ${total}; say --yes to do it`, ...kept, ...untouched].join('\n');
};

/** States, which no run needs: without them, some stages are trained again. */
const pruneKept = (roots: readonly string[], { keepStates = 0, yes, json, where }: PruneOptions): E.Either<Fault, ExitCode> => {
  if (where.length > 0) return E.left(inputFault('--where is about runs, and --states about states; give one of them'));
  const all = thatExist(roots);
  if (E.isLeft(all)) return all;
  const pruned = pruneStates(all.right, keepStates, yes);
  if (E.isLeft(pruned)) return pruned;
  const removed = pruned.right.flatMap((folder) => folder.removed);
  const lines = pruned.right.map(
    ({ folder, removed, kept }) => `${folder}  ${counted(removed.length, 'state')}, ${bytesOf(removed)}; ${kept.length} stay`,
  );
  const total = `${counted(removed.length, 'state')}, ${bytesOf(removed)}`;
  if (json) printJson({ removed: yes, folders: pruned.right });
  else printText([...lines, yes ? `removed: ${total}` : `would remove: ${total}; say --yes to do it`].join('\n'));
  return E.right(EXIT.done);
};

const bytesOf = (files: readonly { readonly bytes: number }[]): string => `${count(files.reduce((sum, { bytes }) => sum + bytes, 0))}B`;

/** A condition is required, so that nobody removes everything by mistake. */
const chosen = ({ where }: PruneOptions): E.Either<Fault, void> =>
  where.length === 0
    ? E.left(inputFault('prune needs to know which runs: give --where, as in --where status=crashed or --where "started<2026-01-01"'))
    : E.right(undefined);

export const prune =
  (roots: readonly string[], options: PruneOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    if (options.states) return pruneKept(roots, options);
    const some = chosen(options);
    if (E.isLeft(some)) return some;
    // What to remove is decided from the folders themselves, not from an index that was copied with them.
    const entries = await found(roots, { ...options, rebuild: true });
    if (E.isLeft(entries)) return entries;
    const planned = pruning(entries.right, options.checkpoints ? 'checkpoints' : 'folder', options.results);
    const { pruning: done, faults } = carriedOut(planned, options.yes);
    if (options.json) printJson({ removed: options.yes, runs: done.removals, kept: done.results, linked: done.linked });
    else printText(prunedText(done, options.yes));
    for (const { message } of faults) complain(message);
    return E.right(faults.length === 0 ? EXIT.done : EXIT.failed);
  };
